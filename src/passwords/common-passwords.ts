import { dictionary } from '@zxcvbn-ts/language-common';
import { PASSWORD_MIN_LENGTH } from './password-length.js';

/** Shorter ones are refused for their length already. All are in lower case. */
const COMMON = new Set(
  dictionary['passwords-common'].filter((password) => String(password).length >= PASSWORD_MIN_LENGTH),
);

/** Whether a lower-cased password is one of the passwords that attackers try first (NIST SP 800-63B §3.1.1.2). */
export function isCommon(lowerCased: string): boolean {
  return COMMON.has(lowerCased);
}
