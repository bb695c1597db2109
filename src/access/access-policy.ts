import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/**
 * A further check of one's own, for `@Policy()`: an injectable, provided by any module of the app, of which
 * one instance serves every request.
 */
export interface AccessPolicy {
  /**
   * Only `true` lets the request through; anything else answers 403 `forbidden`. A problem that it throws is
   * the answer (`not_found`, say, to conceal what is another's); any other error answers 500.
   *
   * It runs before the body is validated: read `request.params`, and take nothing in it for granted.
   */
  allows(principal: Principal, request: FastifyRequest): boolean | Promise<boolean>;
}
