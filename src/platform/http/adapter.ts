import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { quickId } from '../clock/index.js';
import { Problem } from '../problem/index.js';
import { makeAnswers } from './answers.js';
import { refuseClientError } from './client-error.js';
import { MalformedRequest, NotFound } from './http.problems.js';
import { HTTP_LIMITS, serverOptions, type HttpLimits } from './limits.js';
import { sendProblem } from './send-problem.js';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const BODY_LIMIT = 64 * 1024;

class Adapter extends FastifyAdapter {
  /** Waits for plugins that were registered before: their routes are there when the app looks at what is served. */
  override async init(): Promise<void> {
    await super.init();
    await this.getInstance<FastifyInstance>().after();
  }
}

/**
 * The HTTP server under Nest. Create the app with `bodyParser: false` and call `installHttp` on it.
 *
 * @param limits those that differ from the usual ones.
 */
export function createHttpAdapter(limits: Partial<HttpLimits> = {}): FastifyAdapter {
  const { http, ...options } = serverOptions({ ...HTTP_LIMITS, ...limits });
  const answers = makeAnswers();
  const adapter = new Adapter({
    ...options,
    // Express middleware: there is none, and its hook would run for each request.
    skipMiddie: true,
    http: { ...http, ServerResponse: answers.ServerResponse },
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    requestIdHeader: false,
    // While closing, what is in flight on open connections is still answered.
    return503OnClosing: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false },
    frameworkErrors: refuseBeforeRouting,
    clientErrorHandler: refuseClientError,
  });
  const instance: FastifyInstance = adapter.getInstance();
  instance.decorate('answers', answers);
  return adapter;
}

/** A caller's id is taken in only where it cannot forge a log line or a header. */
function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : quickId();
}

const UNDECODABLE = {
  en: 'The path of the request could not be read: it must be UTF-8, percent-encoded.',
  ko: '요청 경로를 읽을 수 없습니다. 경로는 퍼센트 인코딩된 UTF-8이어야 합니다.',
};

/** What the router refuses before any hook runs: a path that does not decode, or one too long to name anything. */
function refuseBeforeRouting(error: { code: string }, request: FastifyRequest, reply: FastifyReply): void {
  const problem: Problem =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? NotFound() : MalformedRequest({ detail: UNDECODABLE });
  sendProblem(problem, request, reply);
}
