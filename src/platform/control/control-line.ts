import type { Socket } from 'node:net';
import { ControlError } from './control-commands.js';

/** A request or an answer is one line of JSON, at most this long. */
export const LINE_LIMIT_BYTES = 1024 * 1024;

/** What goes over the socket, towards the service. */
export interface ControlRequest {
  name: string;
  input?: unknown;
}

/** What comes back. */
export type ControlAnswer =
  { ok: true; result?: unknown } | { ok: false; error: { code: string; message: string; details?: unknown } };

/** The first line that the other end sends; rejects when it is too long, too late, or never ends. */
export function readLine(socket: Socket, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void) => {
      clearTimeout(timer);
      socket.off('data', take).off('error', reject).off('close', closed);
      end();
    };
    const refuse = (code: string, message: string) => settle(() => reject(new ControlError(code, message)));
    const closed = () => refuse('closed', 'The other end closed the control socket before it was done.');
    const take = (piece: Buffer) => {
      const end = piece.indexOf('\n');
      size += end === -1 ? piece.length : end;
      if (size > LINE_LIMIT_BYTES) return refuse('too_large', 'A control message is at most 1 MiB.');
      pieces.push(end === -1 ? piece : piece.subarray(0, end));
      if (end !== -1) settle(() => resolve(Buffer.concat(pieces).toString('utf8')));
    };
    const timer = setTimeout(() => refuse('timeout', 'The control socket stayed silent.'), limitMs);
    socket.on('data', take).on('error', reject).on('close', closed);
  });
}

/** A value as a line; what JSON cannot say is refused here rather than lost. */
export function lineOf(value: ControlRequest | ControlAnswer): string {
  const line = JSON.stringify(value);
  if (Buffer.byteLength(line) > LINE_LIMIT_BYTES) {
    throw new ControlError('too_large', 'A control message is at most 1 MiB.');
  }
  return `${line}\n`;
}
