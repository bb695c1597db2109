import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { accessProblems, type Authenticator, type Principal } from '../access/index.js';
import { Problem } from '../platform/problem/index.js';
import { VerifiedTokens, type TokenVerifier } from '../tokens/index.js';
import { bearerToken } from './bearer.js';
import { JwtStrategy } from './jwt.strategy.js';

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
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return (
      this.verified.recall(bearerToken(request.headers.authorization)) ?? this.verifyAnew(context, request)
    );
  }

  /** The same for a token that somebody asks about, which is in no request of its own. */
  verify(token: string): Principal | Promise<Principal> {
    const request = { headers: { authorization: `Bearer ${token}` } };
    const http = { getRequest: () => request, getResponse: () => ({}) };
    return this.authenticate({ switchToHttp: () => http } as unknown as ExecutionContext);
  }

  /** Passport hands a refusal over as `error` (thrown by `validate`) or as `info` (by the strategy). */
  override handleRequest<TUser>(error: unknown, user: TUser | false, info: unknown): TUser {
    if (user && !error) return user;
    const refusal = [error, info].find((one) => one instanceof Problem);
    if (refusal) throw refusal;
    if (error) throw error as Error;
    throw accessProblems.InvalidToken({ cause: info });
  }

  private async verifyAnew(context: ExecutionContext, request: FastifyRequest): Promise<Principal> {
    await this.canActivate(context);
    return request.user!;
  }
}
