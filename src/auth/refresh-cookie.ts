import type { FastifyReply } from 'fastify';

/** Browsers take a name of this prefix only with `Secure`, from where the connection is (RFC 6265bis §4.1.3.1). */
export const REFRESH_COOKIE = '__Secure-sumun_rt';

/** OWS of RFC 9110 §5.6.3. */
const OUTER_SPACE = /^[ \t]+|[ \t]+$/g;

/**
 * No script reads it, no other site's page sends it, no route but those of `/auth` receives it, and without a
 * `Domain` no other host does.
 */
const ATTRIBUTES = 'Path=/auth; HttpOnly; Secure; SameSite=Strict';

/** @param seconds how long the browser keeps it */
export function setRefreshCookie(reply: FastifyReply, token: string, seconds: number): void {
  reply.header('Set-Cookie', `${REFRESH_COOKIE}=${token}; Max-Age=${seconds}; ${ATTRIBUTES}`);
}

/** Has the browser forget it. */
export function clearRefreshCookie(reply: FastifyReply): void {
  setRefreshCookie(reply, '', 0);
}

/**
 * The value of every refresh cookie in a `Cookie` header, as it was sent: neither quotes nor percent signs are undone,
 * for a token has one spelling.
 *
 * Its own instead of `cookie`, which keeps the first of several that have one name: a host beside this one can set a
 * cookie for the domain above both, and by a longer path have it sent first (RFC 6265bis §5.7.3).
 */
export function refreshCookiesIn(header: string | undefined): string[] {
  const named = `${REFRESH_COOKIE}=`;
  return (header ?? '')
    .split(';')
    .map((pair) => pair.replace(OUTER_SPACE, ''))
    .filter((pair) => pair.startsWith(named))
    .map((pair) => pair.slice(named.length));
}
