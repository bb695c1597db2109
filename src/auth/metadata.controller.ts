import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../access/index.js';
import { Configuration } from '../platform/config/index.js';
import { ConfigureRoute } from '../platform/http/index.js';
import { AuthorizationServerMetadataDto } from './metadata.dto.js';

/** RFC 6749 §2.3.1: how a registered client proves itself at `/oauth/*`. */
const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post'] as const;

@ApiTags('keys')
@Controller('.well-known')
export class MetadataController {
  constructor(private readonly configuration: Configuration) {}

  /**
   * What this authorization server offers
   *
   * @remarks RFC 8414 metadata, with which a verifier finds the keys. Readable from any origin.
   */
  @Get('oauth-authorization-server')
  @Public()
  @Header('Cache-Control', 'public, max-age=300')
  @ConfigureRoute({ anyOrigin: true })
  read(): AuthorizationServerMetadataDto {
    const { issuer } = this.configuration;
    return {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [],
      introspection_endpoint: `${issuer}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION],
      revocation_endpoint: `${issuer}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION],
    };
  }
}
