import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { Strategy, type SecretOrKeyProvider, type StrategyOptionsWithRequest } from 'passport-jwt';
import type { Principal } from '../access/index.js';
import { AccessTokensService } from '../tokens/index.js';
import { bearerToken } from './bearer.js';

let instances = 0;

/**
 * Verifies an access token met for the first time. Form, header and key are checked before the signature,
 * `typ` and claims after it: jsonwebtoken looks at neither `typ`, `crit`, canonical base64url, members named
 * twice, a future `iat` nor an `exp` that is no integer.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  /** Passport is one for the process: by a name that two apps in it shared, the later would answer for both. */
  override readonly name: string;

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
    this.name = `jwt-${++instances}`;
    passport.use(this);
  }

  /** Called where the signature is genuine; what it returns is the caller. */
  validate(request: FastifyRequest): Principal {
    return this.tokens.accept(tokenOf(request));
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
