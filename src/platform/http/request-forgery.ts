import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../logging/index.js';
import type { Problem } from '../problem/index.js';
import { isJson } from './body.js';
import { UnsupportedMediaType } from './http.problems.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * By `@ConfigureRoute`: what lets a request through, or what it brings about, a browser carries by itself: a cookie.
     * Makes what a page of another origin is told.
     */
    forgeable?: () => Problem;
  }
}

/** Beyond it another origin is not told of: whoever makes up a thousand of them must not write a thousand lines. */
const MOST_WARNINGS = 32;
/** An origin of a page is shorter: the rest of a longer one says nothing. */
const LONGEST_ORIGIN = 300;
const WARNING =
  'Refused what a page of this origin sent: if it is yours, name it in CORS_ORIGINS, or in ISSUER where the service ' +
  'itself is reached at it';

/**
 * Cross-site request forgery: a page of somebody else makes a browser send a request, and the browser adds its
 * cookies. Each of two things stops it, beside the `SameSite` of the cookie. A form cannot send JSON, and a script
 * of another origin only after a preflight (Fetch §2.2.2), which CORS refuses: so the type is asked for where there
 * is no body, too. And every browser names the page's origin in a POST (Fetch §3.2), `null` where it hides it.
 *
 * Call it before any route is made.
 *
 * @param origins whose pages may send it; compared character by character
 * @param log is told of the first refusal of each other origin: where `ISSUER` is wrong, it is the service's own page
 */
export function refuseForgeries(
  instance: FastifyInstance,
  origins: readonly (string | undefined)[],
  log: Log,
): void {
  const allowed = new Set(origins);
  const told = new Set<string>();
  const isForeign = ({ headers: { origin } }: FastifyRequest): boolean => {
    if (origin === undefined || allowed.has(origin)) return false;
    const shown = origin.slice(0, LONGEST_ORIGIN);
    if (told.size < MOST_WARNINGS && !told.has(shown)) {
      told.add(shown);
      log.warn({ origin: shown }, WARNING);
    }
    return true;
  };
  instance.addHook('onRoute', (route) => {
    const refusal = route.config?.forgeable;
    if (!refusal) return;
    // After the body was read: what cannot be read is refused before who may send it.
    route.preValidation = [
      (request, _reply, done) => {
        if (!isJson(request)) done(UnsupportedMediaType());
        else done(isForeign(request) ? refusal() : undefined);
      },
      ...[route.preValidation ?? []].flat(),
    ];
  });
}
