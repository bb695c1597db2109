import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { accessProblems, type Principal } from '../access/index.js';
import { KeyRing, type SigningKey, type VerificationKey } from '../keys/index.js';
import { Clock, quickId } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import type { SignedIn } from '../sessions/index.js';
import type { callers } from '../users/index.js';
import { readClaims, requireAccessTokenType, type AccessTokenClaims } from './access-token.js';
import { readContent, readHeader } from './compact-form.js';
import { VerifiedTokens } from './verified-tokens.js';

/** The service's own clients: those that sign in with a password. */
const FIRST_PARTY = 'first-party';
/** NIST SP 800-63B: one factor. */
const ONE_FACTOR = 'aal1';

export interface IssuedToken {
  readonly token: string;
  /** In seconds. */
  readonly expiresIn: number;
  readonly scope: string;
}

@Injectable()
export class AccessTokensService {
  constructor(
    private readonly configuration: Configuration,
    private readonly keys: KeyRing,
    private readonly jwt: JwtService,
    private readonly verified: VerifiedTokens,
    private readonly clock: Clock,
  ) {}

  /**
   * Issues an access token of the RFC 9068 profile, as of the given instant.
   *
   * @param key the current one, but for the test kit
   */
  issue(
    caller: callers.Caller,
    session: Pick<SignedIn['live']['session'], 'id' | 'authenticatedAt' | 'amr'>,
    at: Date,
    key: SigningKey = this.keys.current,
  ): IssuedToken {
    const { issuer, audience, accessTokenTtlSeconds } = this.configuration;
    const iat = Math.floor(at.getTime() / 1000);
    const scope = caller.permissions.join(' ');
    const claims: AccessTokenClaims = {
      iss: issuer,
      sub: caller.id,
      aud: audience.length === 1 ? audience[0]! : audience,
      exp: iat + accessTokenTtlSeconds,
      iat,
      jti: quickId(at.getTime()),
      sid: session.id,
      ver: caller.version,
      client_id: FIRST_PARTY,
      roles: caller.roles,
      scope,
      auth_time: Math.floor(session.authenticatedAt.getTime() / 1000),
      amr: session.amr,
      acr: ONE_FACTOR,
    };
    const { kid, algorithm, signWith } = key;
    // Not signAsync: that one signs on the event loop as well, by way of streams, which cost half as much again.
    const token = this.jwt.sign(claims, {
      privateKey: signWith,
      header: { alg: algorithm, typ: 'at+jwt', kid },
    });
    return { token, expiresIn: accessTokenTtlSeconds, scope };
  }

  /**
   * The key that must have signed a token, by the rules of any JWS (RFC 7515). An algorithm belongs to its
   * key: a header that names another one is refused before any signature is looked at (RFC 8725 §3.1).
   *
   * @throws `invalid_token`
   */
  keyOf(token: string): VerificationKey {
    const { kid, alg } = readHeader(token);
    const key = this.keys.verificationKey(kid);
    if (key?.algorithm !== alg)
      throw accessProblems.InvalidToken({ logDetail: 'unknown kid, or not its alg' });
    return key;
  }

  /**
   * Measures a token whose signature is genuine by the profile of an access token (RFC 9068), and remembers
   * it: the only writer of that memory.
   *
   * @throws `invalid_token`, `token_expired`, `token_revoked`
   */
  accept(token: string): Principal {
    const { issuer, audience } = this.configuration;
    const { typ, payload } = readContent(token);
    requireAccessTokenType(typ);
    const principal = readClaims(payload, { issuer, audience, now: this.clock.seconds() });
    if (this.verified.isRevoked(principal)) throw accessProblems.TokenRevoked();
    this.verified.remember(token, principal);
    return principal;
  }

  /** What a token says, all of it: to be asked for only once it was accepted. */
  claimsOf(token: string): AccessTokenClaims {
    return readContent(token).payload as unknown as AccessTokenClaims;
  }
}
