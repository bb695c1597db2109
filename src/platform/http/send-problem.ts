import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderProblem, type Problem } from '../problem/index.js';
import { languageOf, speak } from './language.js';

/** Answers with a problem, in the caller's language. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const language = languageOf(request);
  const instance = pathOf(request.raw.url ?? '/');
  const body = renderProblem(problem, { language, instance, requestId: request.id });
  // As bytes: to text the framework adds a charset, which RFC 9457 does not define for its media type.
  const payload = Buffer.from(JSON.stringify(body));
  speak(reply, language);
  // A handler that meant its answer to be cached, or to run scripts, did not mean its refusal.
  const conventions = { 'X-Request-Id': request.id, 'Cache-Control': 'no-store' };
  reply.headers({ ...request.server.securityHeaders, ...conventions, ...problem.headers });
  reply.code(problem.definition.status).type('application/problem+json').send(payload);
}

/** The path of a request target (RFC 9112 §3.2), without query, fragment, or the host of an absolute form. */
function pathOf(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0]!;
  return path.startsWith('/') || path === '*' ? path : '/';
}
