import type { IncomingHttpHeaders } from 'node:http';

/** JSON from outside: whatever it is, a test says what it should be. */
export type Json = ReturnType<typeof JSON.parse>;

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed JSON, or undefined where the answer is none. */
  readonly body: Json;
}
