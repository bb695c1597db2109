import { randomUUID } from 'node:crypto';

let millisecond = NaN;
let front = '';

/**
 * A UUIDv7 (RFC 9562 §5.7), for what each request makes: its time, and what is random of a v4, of which the
 * runtime keeps some ready. Two of one millisecond have no order, which those of the `uuid` package have.
 *
 * @param millis since 1970
 */
export function quickId(millis = Date.now()): string {
  if (millis !== millisecond) {
    const time = millis.toString(16).padStart(12, '0');
    front = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    millisecond = millis;
  }
  return front + randomUUID().slice(front.length);
}
