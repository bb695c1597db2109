import { ServerResponse, type IncomingMessage } from 'node:http';
import { noteAnswer } from './client-error.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Made with the server by `createHttpAdapter`. */
    answers: Answers;
  }
}

/** How long a body that nobody waits for is still taken in once its request is answered. */
const GRACE_MS = 2_000;

/** The answers of one server. */
export interface Answers {
  /** For `http.createServer`. */
  readonly ServerResponse: typeof ServerResponse;
  /** From now on each answer is the last of its connection. */
  sayClose(): void;
}

/**
 * What is done to every answer, whoever makes it, in the class that sends it: as hooks of the framework these steps
 * cost each request a tenth of its time.
 */
export function makeAnswers(): Answers {
  let last = false;

  class Answer extends ServerResponse {
    private held = false;

    override writeHead(status: number, ...head: unknown[]): this {
      noteAnswer(this.req);
      // RFC 9112 §9.6: "close" in the last response of a connection. Unsaid, the connection of a request in flight
      // would be kept for the client's next one, and the stop would wait for that.
      if (last) this.shouldKeepAlive = false;
      return super.writeHead(status, ...(head as []));
    }

    /**
     * RFC 9112 §9.6: who hangs up while bytes are still coming resets the connection, and the client may lose the
     * answer that it has not read yet. So an answer that overtakes its request's body is sent whole, but is not at
     * its end before the body is. Without a bound that would keep reading, until the request's time-out, what was
     * refused long ago.
     */
    override end(...rest: unknown[]): this {
      const [chunk] = rest;
      // In the one shape in which the framework ends an answer that has its length; and not a second time.
      const whole = typeof chunk === 'string' || Buffer.isBuffer(chunk);
      if (!whole || !this.headersSent || this.held || !isAwaited(this.req)) return super.end(...(rest as []));
      this.held = true;
      this.write(chunk);
      holdOpen(this, () => super.end());
      return this;
    }
  }

  return { ServerResponse: Answer as typeof ServerResponse, sayClose: () => void (last = true) };
}

function isAwaited({ complete, readableEnded, headers }: IncomingMessage): boolean {
  if (complete || readableEnded) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Ends the answer with the request, or once the grace is over and with it the connection. */
function holdOpen(answer: ServerResponse, end: () => void): void {
  const request = answer.req;
  const late = setTimeout(() => {
    answer.once('finish', () => request.socket.destroy());
    end();
  }, GRACE_MS);
  answer.once('close', () => clearTimeout(late));
  request.once('end', end).resume();
}
