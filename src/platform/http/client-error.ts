import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What the parser refuses by itself, by the code of its error; everything else is 400. */
const STATUSES = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** Requests that were answered before all of their body had come, by the socket on which it comes still. */
const answeredEarly = new WeakMap<Socket, IncomingMessage>();

/** To be told of every answer, before it is sent. */
export function noteAnswer(request: IncomingMessage): void {
  if (!request.complete) answeredEarly.set(request.socket, request);
}

/**
 * Answers what never became a request, and hangs up: after bytes that could not be read, nothing on this
 * connection can be trusted to begin where a request begins (request smuggling).
 */
export function refuseClientError(this: FastifyInstance, error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !isAnswered(socket)) {
    socket.end(answer(STATUSES.get(error.code ?? '') ?? 400, this.securityHeaders));
  }
  socket.destroySoon();
}

/**
 * A second answer to a request that has one already would be taken by a proxy for that of the next (response
 * queue poisoning).
 */
function isAnswered(socket: Socket): boolean {
  // Node's own handler looks at the same field; it is empty again once the answer is sent.
  const answering = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  return answering?.headersSent === true || answeredEarly.get(socket)?.complete === false;
}

function answer(status: number, security: Readonly<Record<string, string>> = {}): string {
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status });
  const headers = {
    ...security,
    'Cache-Control': 'no-store',
    Connection: 'close',
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`;
}
