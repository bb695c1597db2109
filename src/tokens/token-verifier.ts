import type { Principal } from '../access/index.js';

/**
 * The port through which a token is verified that is not the caller's own. `tokens` owns it; the module that
 * serves requests binds it, globally, with the very function that the access guard asks.
 */
export abstract class TokenVerifier {
  /** @throws the refusal (also as a rejection): `invalid_token`, `token_expired`, `token_revoked`, … */
  abstract verify(token: string): Principal | Promise<Principal>;
}
