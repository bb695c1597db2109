import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy, type SecretOrKeyProvider, type StrategyOptionsWithRequest } from 'passport-jwt';
import type { Principal } from '../access/index.js';
import { AccessTokensService } from '../tokens/index.js';
import { bearerToken } from './bearer.js';

/**
 * Verifies an access token met for the first time. Form, header and key are checked before the signature,
 * the claims after it: jsonwebtoken looks at neither `typ`, `crit`, canonical base64url, a future `iat` nor
 * an `exp` that is no integer.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly tokens: AccessTokensService) {
    super({
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: keyProvider(tokens),
      algorithms: ['ES256', 'RS256', 'HS256'],
      // Both are measured in `validate`, by this service's clock and rules.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
      passReqToCallback: true,
    } satisfies StrategyOptionsWithRequest);
  }

  /** Called with the payload of a genuine signature; what it returns is the caller. */
  validate(request: FastifyRequest, payload: unknown): Principal {
    return this.tokens.accept(tokenOf(request), payload);
  }
}

function keyProvider(tokens: AccessTokensService): SecretOrKeyProvider {
  return (_request, token: string, done) => {
    try {
      // Types that are older than KeyObject; a string or PEM key would cost six times the CPU.
      done(null, tokens.keyOf(token).verifyWith as unknown as Buffer);
    } catch (refusal) {
      done(refusal);
    }
  };
}

function tokenOf(request: Pick<FastifyRequest, 'headers'>): string {
  return bearerToken(request.headers.authorization);
}
