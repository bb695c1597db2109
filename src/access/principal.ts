import type { Problem } from '../platform/problem/index.js';

/**
 * Who is calling, as a verified access token says (RFC 9068 §2.2). Frozen: one object serves every request
 * made with the same token.
 */
export interface Principal {
  /** `sub` */
  readonly userId: string;
  /** `sid` */
  readonly sessionId: string;
  /** `ver`: the user's version when the token was issued. */
  readonly userVersion: number;
  /** `jti` */
  readonly tokenId: string;
  /** `client_id` */
  readonly clientId: string;
  readonly roles: readonly string[];
  /** The members of `scope`. */
  readonly permissions: ReadonlySet<string>;
  /** `auth_time`, in seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string;
  /** `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard: the caller, or null where there is none. */
    user: Principal | null;
    /** Set by the access guard on `@AuthOptional()` routes: why the token presented was refused. */
    refusal: Problem | null;
  }
}
