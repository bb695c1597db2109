import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ClientRequired, CurrentClient, type AuthenticatedClient } from '../access/index.js';
import { originOf, type FormParameters } from '../platform/http/index.js';
import { IntrospectionsService } from './introspections.service.js';
import { OauthEndpoint } from './oauth-endpoint.decorator.js';
import { IntrospectionDto, OauthErrorDto, TokenFormDto } from './oauth.dto.js';
import { InvalidRequest } from './oauth.errors.js';
import { TokenRevocationsService } from './token-revocations.service.js';

const DESCRIBED = { form: TokenFormDto, refusal: OauthErrorDto };

@ApiTags('oauth')
@Controller('oauth')
@ClientRequired()
export class OauthController {
  constructor(
    private readonly introspections: IntrospectionsService,
    private readonly revocations: TokenRevocationsService,
  ) {}

  /**
   * Introspect a token
   *
   * @remarks RFC 7662, for resource servers that cannot verify by themselves. A token that is not meant for the
   * client's audience is answered as one that never was: `active: false`, and nothing else. So is every refresh
   * token.
   */
  @Post('introspect')
  @HttpCode(200)
  @OauthEndpoint(DESCRIBED)
  async introspect(
    @CurrentClient() client: AuthenticatedClient,
    @Body() form: FormParameters,
  ): Promise<IntrospectionDto> {
    return IntrospectionDto.of(await this.introspections.introspect(client, tokenIn(form)));
  }

  /**
   * Revoke a token
   *
   * @remarks RFC 7009. The session ends, whichever of its tokens was given; its access tokens are refused at once.
   * 200 as well where there is nothing to end, or where the token is not meant for the client's audience.
   */
  @Post('revoke')
  @HttpCode(200)
  @OauthEndpoint(DESCRIBED)
  async revoke(
    @CurrentClient() client: AuthenticatedClient,
    @Body() form: FormParameters,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.revocations.revoke(client, tokenIn(form), originOf(request));
  }
}

/** RFC 6749 §3.2: other parameters are ignored, `token_type_hint` among them: either kind is found without it. */
function tokenIn(form: FormParameters | undefined): string {
  const token = form?.get('token');
  if (token === undefined) throw InvalidRequest('The parameter token is missing.');
  return token;
}
