import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What the parser refuses by itself, by the code of its error; everything else is 400. */
const STATUSES = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/**
 * Answers what never became a request, and hangs up: after bytes that could not be read, nothing on this
 * connection can be trusted to begin where a request begins (request smuggling).
 */
export function refuseClientError(this: FastifyInstance, error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // A second answer to a request that has one already would be taken for that of the next (response queue
  // poisoning); Node's own handler looks at the same field.
  const answering = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  if (socket.writable && !answering?.headersSent) {
    socket.end(answer(STATUSES.get(error.code ?? '') ?? 400, this.securityHeaders));
  }
  socket.destroySoon();
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
