import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { accessProblems, type Authenticator, type Principal } from '../access/index.js';
import { Problem } from '../platform/problem/index.js';
import { VerifiedTokens, type TokenVerifier } from '../tokens/index.js';
import { bearerToken } from './bearer.js';
import { JwtStrategy } from './jwt.strategy.js';

/** Nothing of it is asked for where the strategy's outcome is called back. */
const NO_RESPONSE = {};

/**
 * Tells the access guard who is calling: from the memory of verified tokens at once, or else through
 * Passport's strategy.
 */
@Injectable()
export class JwtAuthenticator extends AuthGuard() implements Authenticator, TokenVerifier {
  constructor(
    private readonly verified: VerifiedTokens,
    strategy: JwtStrategy,
  ) {
    super({ defaultStrategy: strategy.name });
  }

  authenticate(context: ExecutionContext): Principal | Promise<Principal> {
    return this.verify(
      bearerToken(context.switchToHttp().getRequest<FastifyRequest>().headers.authorization),
    );
  }

  /** The same for a token that somebody asks about, which is in no request of its own. */
  verify(token: string): Principal | Promise<Principal> {
    return this.verified.recall(token) ?? this.verifyAnew(token);
  }

  /** Passport hands a refusal over as `error` (thrown by `validate`) or as `info` (by the strategy). */
  override handleRequest<TUser>(error: unknown, user: TUser | false, info: unknown): TUser {
    if (user && !error) return user;
    const refusal = [error, info].find((one) => one instanceof Problem);
    if (refusal) throw refusal;
    if (error) throw error as Error;
    throw accessProblems.InvalidToken({ cause: info });
  }

  /** Passport puts ten properties on what it is given: not on the framework's request, which all later use would pay for. */
  private async verifyAnew(token: string): Promise<Principal> {
    // RFC 6750 §2.1: in a header, spaces may stand before a token. They are no part of one that somebody asks about.
    if (token.startsWith(' ')) throw accessProblems.InvalidToken({ logDetail: 'begins with a space' });
    const request: { headers: object; user?: Principal } = { headers: { authorization: `Bearer ${token}` } };
    const http = { getRequest: () => request, getResponse: () => NO_RESPONSE };
    await this.canActivate({ switchToHttp: () => http } as unknown as ExecutionContext);
    return request.user!;
  }
}
