import { isCommon } from './common-passwords.js';
import { PASSWORD_MAX_LENGTH } from './password-length.js';

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

/** No control characters (NUL ends a string for some libraries) and no lone surrogates, which hash as another character. */
export function hasPasswordCharacters(password: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(password);
}

/** Whether it is on the bundled list, whatever its case. */
export function isCommonPassword(password: string): boolean {
  return isCommon(normalizePassword(password).toLowerCase());
}
