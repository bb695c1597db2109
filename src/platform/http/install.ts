import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { Log } from '../logging/index.js';
import { ambiguityOf } from './ambiguity.js';
import { installBodyParser } from './body.js';
import { Cors } from './cors.js';
import { MalformedRequest, NotFound } from './http.problems.js';
import { closeDoorsWith } from './listen.js';
import { ProblemFilter, type HearRefusal } from './problem.filter.js';
import { refuseForgeries } from './request-forgery.js';
import { installProxies, warnOfStrangers } from './proxies.js';
import { securityHeaders } from './security-headers.js';
import { ValidationPipe } from './validation.pipe.js';

// RFC 9110 §5.6.2: type and subtype are tokens.
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

/** What of the configuration the wire depends on. */
export interface HttpSettings {
  readonly issuer?: string;
  readonly production?: boolean;
  readonly trustedProxies?: readonly string[];
  readonly corsOrigins?: readonly string[];
  /** Whether cookies let requests through: pages may send them, and forgeries are refused. */
  readonly refreshCookie?: boolean;
}

/** Lays the contract's conventions over an app made on `createHttpAdapter()`. Call it before `init()`. */
export function installHttp(
  app: NestFastifyApplication,
  settings: HttpSettings = {},
  hear?: HearRefusal,
): void {
  const log = app.get(Log);
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  instance.decorate('securityHeaders', securityHeaders(settings.issuer));
  const filter = new ProblemFilter(log, hear);
  app.useGlobalFilters(filter);
  instance.decorate('refuse', filter.refuse.bind(filter));
  installBodyParser(instance);
  ignoreExpectations(instance);
  const { corsOrigins = [], refreshCookie = false } = settings;
  const cors = new Cors(corsOrigins, refreshCookie);
  cors.install(instance);
  if (refreshCookie) refuseForgeries(instance, [...corsOrigins, settings.issuer], log);
  instance.addHook('onRequest', enter(instance, cors));
  const proxies = installProxies(instance, settings.trustedProxies ?? []);
  if (settings.production) warnOfStrangers(instance, proxies, log);
  if (log.debugs)
    instance.addHook('onResponse', (request, reply, done) => done(void trace(log, request, reply)));
  instance.addHook('preClose', (done) => {
    instance.answers.sayClose();
    done();
  });
  closeDoorsWith(instance);
  app.useGlobalPipes(new ValidationPipe());
}

function enter(instance: FastifyInstance, cors: Cors): onRequestHookHandler {
  // Names as the framework keeps them: on every request it would make each anew in lower case.
  const fixed = lowerCased({ ...instance.securityHeaders, 'Cache-Control': 'no-store' });
  return (request, reply, done) => {
    reply.headers(fixed).header('x-request-id', request.id);
    const ambiguity = ambiguityOf(request.raw.rawHeaders);
    if (ambiguity !== undefined)
      return instance.refuse(MalformedRequest({ detail: ambiguity }), request, reply);
    // Before the guard: a page's browser sends it without a token, also where a route takes every method.
    if (cors.preflight(request, reply)) return;
    // Before the body: nobody uploads 64 KiB to a path that does not exist, and 404 goes before 413 and 415.
    if (request.is404) {
      cors.mark(request, reply);
      return instance.refuse(NotFound(), request, reply);
    }
    tameContentType(request);
    done();
  };
}

/**
 * RFC 9110 §10.1.1: an expectation that a server does not know it MAY refuse. Node would, with a bare 417 that
 * no hook has seen: without security headers, open to caches, and traced by nothing.
 */
function ignoreExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * The framework answers 415 to a `Content-Type` that is not one, before it has looked at the body's size or
 * whether there is one. RFC 9110 §8.3 lets such a body be taken for octets, and then the one parser decides.
 */
function tameContentType(request: FastifyRequest): void {
  const type = request.headers['content-type'];
  if (type !== undefined && !MEDIA_TYPE.test(type))
    request.headers['content-type'] = 'application/octet-stream';
}

function trace(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  log.debug(
    {
      request_id: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  );
}
