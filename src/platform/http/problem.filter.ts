import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailable } from '../database/index.js';
import type { Log } from '../logging/index.js';
import { Problem, problemCatalogue, type ProblemDefinition } from '../problem/index.js';
import {
  InternalError,
  MalformedRequest,
  NotFound,
  PayloadTooLarge,
  ServiceUnavailable,
  UnsupportedMediaType,
  ValidationFailed,
} from './http.problems.js';
import { sendProblem } from './send-problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * For `onRequest` hooks, in place of `done(problem)`: the same end by a shorter way. Laid down by `installHttp`.
     */
    refuse: (problem: Problem, request: FastifyRequest, reply: FastifyReply) => void;
  }
  interface FastifyContextConfig {
    /** By `@ConfigureRoute`: how the route tells a refusal, where a standard has another form for it than RFC 9457. */
    sendRefusal?: (problem: Problem, request: FastifyRequest, reply: FastifyReply) => void;
  }
}

/** Hears of every request that is refused, and what it is told. */
export type HearRefusal = (request: FastifyRequest, told: ProblemDefinition) => void;

/** The one way out for everything thrown: a caller is told a problem, the log what led to it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly hear?: HearRefusal,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.refuse(asProblem(thrown), http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  refuse(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    this.record(problem, request);
    this.hear?.(request, problem.definition);
    if (!reply.sent) (request.routeOptions?.config?.sendRefusal ?? sendProblem)(problem, request, reply);
  }

  private record(problem: Problem, request: FastifyRequest): void {
    const { code, status } = problem.definition;
    const route = request.routeOptions?.url;
    const fields = { request_id: request.id, method: request.method, route, code, detail: problem.logDetail };
    // A 503 without a cause was decided, not suffered: under a flood each must not cost a stack in the log.
    const suffered = status >= 500 && (status !== 503 || problem.cause !== undefined);
    if (suffered) this.log.error({ ...fields, err: problem.cause ?? problem }, 'request failed');
    else if (this.log.debugs) this.log.debug(fields, 'request refused');
  }
}

function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  // Node's error for a request that broke off: a client's everyday affair, and no fault of this service.
  if (thrown instanceof Error && thrown.message === 'aborted' && codeOf(thrown) === 'ECONNRESET') {
    return MalformedRequest({ logDetail: 'the client hung up' });
  }
  if (DatabaseUnavailable.explains(thrown)) {
    return ServiceUnavailable({ cause: thrown });
  }
  const code = codeOf(thrown);
  // Only the framework's own errors are taken at their status: any library may put a `statusCode` on its errors.
  if (thrown instanceof HttpException) return fromNest(thrown);
  if (typeof code === 'string' && code.startsWith('FST_ERR_')) {
    return fromStatus((thrown as { statusCode?: number }).statusCode ?? 500, thrown);
  }
  return InternalError({ cause: thrown });
}

function codeOf(thrown: unknown): unknown {
  return (thrown as { code?: unknown } | null | undefined)?.code;
}

/** What feature code throws out of habit (`ForbiddenException`) becomes the problem that other modules declare for it. */
const CODES = new Map([
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [409, 'conflict'],
  [429, 'rate_limited'],
]);

function fromNest(thrown: HttpException): Problem {
  const status = thrown.getStatus();
  const logDetail = thrown.message;
  if (status === 400 || status === 422) return ValidationFailed({ errors: [], logDetail });
  const declared = problemCatalogue().find(({ code }) => code === CODES.get(status));
  return declared ? new Problem(declared, { logDetail }) : fromStatus(status, thrown);
}

function fromStatus(status: number, cause: unknown): Problem {
  const logDetail = cause instanceof Error ? cause.message : undefined;
  if (status === 404 || status === 405) return NotFound({ logDetail });
  if (status === 413) return PayloadTooLarge({ logDetail });
  if (status === 415) return UnsupportedMediaType({ logDetail });
  if (status === 503) return ServiceUnavailable({ cause });
  if (status >= 400 && status < 500) return MalformedRequest({ logDetail });
  return InternalError({ cause });
}
