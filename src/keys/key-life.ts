/** A verifier keeps the published set this long, in seconds. */
export const JWKS_MAX_AGE = 300;

/**
 * A key is published this long, in seconds, before it signs: a verifier that fetches through a shared cache may hold
 * a set for twice its max-age, for few of them read `Age` (RFC 9111 §5.1).
 */
const PUBLISHING_LEAD = 2 * JWKS_MAX_AGE;

/** In seconds: by then every node that can issue a token has read which key signs now. */
const HEARD_BY = 60;

/** What a key's life is measured by. */
interface Life {
  readonly createdAt: Date;
  /** Null where nobody wrote it down: then it signed from the beginning. */
  readonly signsSince: Date | null;
  /** In seconds. */
  readonly longestTtl: number;
  readonly keepUntil: Date | null;
}

/** From when on a key may sign, because every verifier has it. */
export function signsFrom({ createdAt }: Pick<Life, 'createdAt'>): Date {
  return after(createdAt, PUBLISHING_LEAD);
}

/** Until when a key that retires now verifies: what it signed last has expired by then. */
export function keptUntil({ longestTtl }: Pick<Life, 'longestTtl'>, now: Date): Date {
  return after(now, longestTtl + HEARD_BY);
}

/** Whether a current key has signed for so many seconds. */
export function hasSignedFor(
  { signsSince, createdAt }: Pick<Life, 'signsSince' | 'createdAt'>,
  seconds: number,
  now: Date,
): boolean {
  return after(signsSince ?? createdAt, seconds) <= now;
}

/** Whether a key still verifies. */
export function isKept({ keepUntil }: Pick<Life, 'keepUntil'>, now: Date): boolean {
  return keepUntil === null || keepUntil > now;
}

function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
