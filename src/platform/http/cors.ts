import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { ServedPaths } from './served-paths.js';
import { appendVary } from './vary.js';

const EXPOSED = 'WWW-Authenticate, Retry-After, X-Request-Id';
const ALLOWED_HEADERS = 'Authorization, Content-Type, Accept-Language, If-None-Match, X-Request-Id';
const PREFLIGHT_SECONDS = '600';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By `@ConfigureRoute`: pages of any origin may read it. For what is public and the same for everybody. */
    anyOrigin?: boolean;
  }
}

/**
 * The CORS protocol (Fetch §3.2), closed to all origins but the configured ones.
 *
 * Its own instead of `@fastify/cors`, which `app.enableCors` brings: that one answers a preflight of any
 * path, by a route for `OPTIONS *` which no controller declares, and it cannot tell a route that exists from
 * one that does not.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;
  private readonly open = new ServedPaths();
  private readonly closed = new ServedPaths();

  /** @param credentials whether pages of these origins may call with cookies */
  constructor(
    origins: readonly string[],
    private readonly credentials: boolean,
  ) {
    this.origins = new Set(origins);
  }

  /** Call it before any route is made. */
  install(instance: FastifyInstance): void {
    instance.addHook('onRoute', (route) => {
      const open = isOpen(route);
      for (const method of [route.method].flat()) (open ? this.open : this.closed).add(method, route.url);
      if (open) prepend(route, markOpen);
      else if (this.origins.size > 0) prepend(route, (request, reply) => void this.mark(request, reply));
    });
  }

  /** Lets the page of an allowed origin read the answer. An unknown origin learns nothing. */
  mark({ headers: { origin } }: FastifyRequest, reply: FastifyReply): boolean {
    if (this.origins.size === 0) return false;
    // Also where there is no `Origin`: a shared cache must not give that answer to a page (Fetch §3.2.5).
    appendVary(reply, 'Origin');
    if (origin === undefined || !this.origins.has(origin)) return false;
    reply.headers({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED });
    if (this.credentials) reply.header('Access-Control-Allow-Credentials', 'true');
    return true;
  }

  /** Answers the preflight of a route that exists, for an origin that may call it; answers whether it did. */
  preflight(request: FastifyRequest, reply: FastifyReply): boolean {
    const method = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || method === undefined || !request.headers.origin) return false;
    const path = request.url.split('?', 1)[0]!;
    const open = this.open.methodsAt(path);
    if (open.has(method)) markOpen(request, reply);
    else if (!this.closed.methodsAt(path).has(method) || !this.mark(request, reply)) return false;
    reply.headers({
      'Access-Control-Allow-Methods': method,
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      'Access-Control-Max-Age': PREFLIGHT_SECONDS,
    });
    reply.code(204).send();
    return true;
  }
}

function isOpen({ config }: RouteOptions): boolean {
  return config?.anyOrigin === true;
}

type Mark = (request: FastifyRequest, reply: FastifyReply) => void;

const markOpen: Mark = (_request, reply) =>
  void reply.headers({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': EXPOSED,
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });

/** Before the route's own hooks, so that their refusals are marked too. */
function prepend(route: RouteOptions, mark: Mark): void {
  const hooks = [route.onRequest ?? []].flat();
  route.onRequest = [(request, reply, done) => (mark(request, reply), done()), ...hooks];
}
