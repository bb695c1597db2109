import { isCommon } from './common-passwords.js';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from './password-length.js';

/**
 * What is longer is too long however it is normalized: a code point decomposes into at most four, of two UTF-16
 * units each. Normalizing takes quadratic time in runs of combining marks, and a body is up to 64 KiB of them.
 */
const MOST_UNITS = PASSWORD_MAX_LENGTH * 4 * 2;

/** NIST SP 800-63B §3.1.1.2: normalized before it is hashed, so that every keyboard spells it alike. Never trimmed, never cut. */
export function normalizePassword(password: string): string {
  return password.length > MOST_UNITS ? password : password.normalize('NFC');
}

/** Its length in code points after NFC. */
export function passwordLength(password: string): number {
  return [...normalizePassword(password)].length;
}

/** Whether it is on the bundled list, whatever its case, or one step repeated: `00000000`, `abcdefgh`, `87654321`. */
export function isCommonPassword(password: string): boolean {
  const typed = normalizePassword(password).toLowerCase();
  return isCommon(typed) || isOneStep(typed);
}

/** NIST SP 800-63B §3.1.1.2 names repetitive and sequential characters; no list holds every length of them. */
function isOneStep(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0)!);
  if (points.length < PASSWORD_MIN_LENGTH) return false; // refused for its length already
  const step = points[1]! - points[0]!;
  return Math.abs(step) <= 1 && points.every((point, i) => i === 0 || point - points[i - 1]! === step);
}
