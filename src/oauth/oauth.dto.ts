import { ApiProperty } from '@nestjs/swagger';
import type { AccessTokenClaims } from '../tokens/index.js';

/** A token, and who asks; the credentials stand here only in `client_secret_post`. */
export class TokenFormDto {
  /** The access token or refresh token. @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2EifQ.c2ln */
  token: string;
  /** A hint, and no more: either kind is found without it. @example access_token */
  token_type_hint?: string;
  /** @example Zk3vQ8sT1nB6yHd0WcRx */
  client_id?: string;
  /** @example d7Fq2LmXo9TzK4vB1sYcW8nR3gHj6PtAe5UiQ0ZxVbN */
  client_secret?: string;
}

/** What a token says (RFC 7662 §2.2): its claims, or `active: false` alone. */
export class IntrospectionDto {
  /** Whether the token would be taken now, and is meant for the client's audience. @example true */
  active: boolean;
  /** @example Bearer */
  token_type?: string;
  /** @example https://auth.example.com */
  iss?: string;
  /** The user. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  sub?: string;
  /** For whom the token is. @example https://api.example.com */
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  aud?: string | readonly string[];
  /** In seconds since the epoch, like the other times. @example 1764000600 */
  exp?: number;
  /** @example 1764000000 */
  iat?: number;
  /** @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c12 */
  jti?: string;
  /** The session. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c13 */
  sid?: string;
  /** The user's version. @example 1 */
  ver?: number;
  /** The client that signed the user in. @example first-party */
  client_id?: string;
  /** @example ["user"] */
  roles?: string[];
  /** The permissions that a role grants still, separated by spaces. @example note:read note:write */
  scope?: string;
  /** When the user last proved who it is. @example 1764000000 */
  auth_time?: number;
  /** @example ["pwd"] */
  amr?: string[];
  /** @example aal1 */
  acr?: string;

  static of(claims: AccessTokenClaims | undefined): IntrospectionDto {
    if (!claims) return { active: false };
    const { roles, amr } = claims;
    return { ...claims, roles: [...roles], amr: [...amr], active: true, token_type: 'Bearer' };
  }
}

/** A refusal (RFC 6749 §5.2). */
export class OauthErrorDto {
  /** Switch on it. @example invalid_client */
  error: string;
  /** For whoever develops the client, in English. @example "The client is not registered for this." */
  error_description: string;
}
