import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** How long a body that nobody waits for is still taken in once its request is answered. */
const GRACE_MS = 2_000;

/**
 * RFC 9112 §9.6: who hangs up while bytes are still coming resets the connection, and the client may lose the
 * answer that it has not read yet. So an answer that overtakes its request's body is sent whole, but is not at
 * its end before the body is. Without a bound that would keep reading, until the request's time-out, what was
 * refused long ago.
 */
export function boundUnreadBodies(instance: FastifyInstance): void {
  instance.addHook('onSend', (request, reply, payload, done) => {
    if (!isAwaited(request.raw) || !isWhole(payload)) return done(null, payload);
    reply.header('content-length', Buffer.byteLength(payload));
    done(null, heldOpen(payload, request.raw, reply.raw));
  });
}

function isAwaited({ complete, readableEnded, headers }: IncomingMessage): boolean {
  if (complete || readableEnded) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isWhole(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || Buffer.isBuffer(payload);
}

/** The answer, whose end comes with the request's, or once the grace is over and with it the connection. */
function heldOpen(answer: string | Buffer, request: IncomingMessage, response: ServerResponse): Readable {
  const { socket } = request;
  const late = setTimeout(() => {
    response.once('finish', () => socket.destroy());
    held.push(null);
  }, GRACE_MS);
  const held = new Readable({
    read: () => undefined,
    destroy: (error, done) => {
      clearTimeout(late);
      done(error);
    },
  });
  held.push(answer);
  request.once('end', () => held.push(null)).resume();
  return held;
}
