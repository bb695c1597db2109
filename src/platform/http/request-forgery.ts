import { ForbiddenException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isJson } from './body.js';
import { UnsupportedMediaType } from './http.problems.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By `@RouteConfig`: what lets a request through, or what it brings about, a browser carries by itself: a cookie. */
    forgeable?: boolean;
  }
}

/**
 * Cross-site request forgery: a page of somebody else makes a browser send a request, and the browser adds its
 * cookies. Each of two things stops it, beside the `SameSite` of the cookie. A form cannot send JSON, and a script
 * of another origin only after a preflight (Fetch §2.2.2), which CORS refuses: so the type is asked for where there
 * is no body, too. And every browser names the page's origin in a POST (Fetch §3.2), `null` where it hides it.
 *
 * Call it before any route is made.
 *
 * @param origins whose pages may send it; compared character by character
 */
export function refuseForgeries(instance: FastifyInstance, origins: readonly (string | undefined)[]): void {
  const allowed = new Set(origins);
  const refusal = ({ headers: { origin } }: FastifyRequest) =>
    origin === undefined || allowed.has(origin)
      ? undefined
      : new ForbiddenException('a page of another origin');
  instance.addHook('onRoute', (route) => {
    if (route.config?.forgeable !== true) return;
    // After the body was read: what cannot be read is refused before who may send it.
    route.preValidation = [
      (request, _reply, done) => done(isJson(request) ? refusal(request) : UnsupportedMediaType()),
      ...[route.preValidation ?? []].flat(),
    ];
  });
}
