import type { ExecutionContext } from '@nestjs/common';

/** A registered client that has authenticated itself (RFC 6749 §2.3); no user is behind it. */
export interface AuthenticatedClient {
  /** `client_id` */
  readonly clientId: string;
  /** The `aud` of the tokens that are its business. */
  readonly audience: string;
  /** What it may do. */
  readonly may: readonly string[];
}

/**
 * The port through which the guard learns which client is calling a `@ClientRequired()` route. `access` owns
 * it; the module that knows clients binds it, globally. An app with such a route and without it does not start.
 */
export abstract class ClientAuthenticator {
  /** @throws the problem to answer with (also as a rejection). */
  abstract authenticate(context: ExecutionContext): AuthenticatedClient | Promise<AuthenticatedClient>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard on `@ClientRequired()` routes: the client that is calling. */
    client: AuthenticatedClient | null;
  }
}
