import { accessProblems } from '../access/index.js';

/** RFC 6750 §2.1: `credentials = "Bearer" 1*SP b64token`; RFC 9110 §11.1: the scheme is case-insensitive. */
const BEARER = /^bearer +/i;

/**
 * What stands behind `Bearer` in an `Authorization` header: not yet known to be a token.
 *
 * @throws `unauthenticated` where none was presented: no header, another scheme, nothing behind it.
 */
export function bearerToken(authorization: string | undefined): string {
  const scheme = authorization === undefined ? null : BEARER.exec(authorization);
  const token = scheme === null ? '' : authorization!.slice(scheme[0].length);
  if (token === '') throw accessProblems.Unauthenticated();
  return token;
}
