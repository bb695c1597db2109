import type { ExecutionContext } from '@nestjs/common';
import type { Principal } from './principal.js';

/**
 * The port through which the guard learns who is calling. `access` owns it; the module that knows tokens
 * binds it.
 */
export abstract class Authenticator {
  /**
   * Answers at once where the token is known already, so that a request pays for no promise.
   *
   * @throws the problem to answer with (also as a rejection): `unauthenticated`, `invalid_token`, …
   */
  abstract authenticate(context: ExecutionContext): Principal | Promise<Principal>;
}
