import { Injectable } from '@nestjs/common';
import { Grants, type AuthenticatedClient } from '../access/index.js';
import { Problem } from '../platform/problem/index.js';
import { AccessTokensService, TokenVerifier, type AccessTokenClaims } from '../tokens/index.js';
import { requireAction } from './client-action.js';

/** Says what a token is worth, to those for whom it is meant. */
@Injectable()
export class IntrospectionsService {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly tokens: AccessTokensService,
    private readonly grants: Grants,
  ) {}

  /**
   * What an access token says, if it would be taken now and is meant for the client's audience. Undefined for
   * everything else, and the client learns nothing of why.
   *
   * @throws `unauthorized_client`
   */
  async introspect(client: AuthenticatedClient, token: string): Promise<AccessTokenClaims | undefined> {
    requireAction(client, 'introspect');
    const claims = await this.claimsOf(token);
    return claims && isMeantFor(claims, client.audience) ? this.asOfNow(claims) : undefined;
  }

  /** By the function that serves requests: signature, claims, expiry, revocation. */
  async claimsOf(token: string): Promise<AccessTokenClaims | undefined> {
    try {
      await this.verifier.verify(token);
      return this.tokens.claimsOf(token);
    } catch (refusal) {
      if (refusal instanceof Problem && refusal.definition.status === 401) return undefined;
      throw refusal;
    }
  }

  /** A permission that no role grants any more counts nowhere here; it must not count elsewhere. */
  private asOfNow({ scope, ...claims }: AccessTokenClaims): AccessTokenClaims {
    const granted = scope.split(' ').filter((one) => this.grants.grants(claims.roles, one));
    return { ...claims, scope: granted.join(' ') };
  }
}

export function isMeantFor({ aud }: AccessTokenClaims, audience: string): boolean {
  return [aud].flat().includes(audience);
}
