import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../platform/problem/index.js';
import { oauthCodeOf } from './oauth.errors.js';

/** RFC 6749 §5.2: `error_description` has neither quotes nor backslashes, nor anything outside ASCII. */
const NOT_ALLOWED = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** Answers with a refusal in the form of RFC 6749 §5.2. */
export function sendOauthError(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const body = {
    error: oauthCodeOf(problem),
    error_description: problem.detail.en.replace(NOT_ALLOWED, "'"),
  };
  reply.headers({ ...request.server.securityHeaders, 'Cache-Control': 'no-store', ...problem.headers });
  reply.code(problem.definition.status).type('application/json').send(JSON.stringify(body));
}
