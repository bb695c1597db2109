import { timingSafeEqual } from 'node:crypto';

/** Compares secrets in a time that does not tell how much of them agrees; only the length is no secret. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
