import { v7 as uuidv7 } from 'uuid';

const ZEROS = new Uint8Array(16);

/**
 * The lowest UUIDv7 of a millisecond (RFC 9562 §5.7: its first 48 bits are Unix time in milliseconds): what was made
 * before then has a lower id, what was made since has that one or a higher. What was before 1970 is as 1970.
 */
export function firstIdAt(at: Date): string {
  return uuidv7({ msecs: Math.max(0, at.getTime()), seq: 0, random: ZEROS });
}
