import { accessProblems } from '../access/index.js';

/** RFC 7515 §3.1: three base64url parts (RFC 4648 §5, no padding), and nothing else. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Far above what this service issues; what is longer is not ours, and is not parsed. */
const TOKEN_MAX_LENGTH = 8192;

/** What the header of a token claims about its signature; nothing of it is verified yet. */
export interface TokenHeader {
  readonly kid: string;
  readonly alg: string;
}

/**
 * Reads the header of a compact JWS, strictly.
 *
 * @throws `invalid_token` for any character outside the compact form, base64url that is not canonical, a
 *   header that is no JSON object, a `typ` other than RFC 9068's, a `kid` that is no string, any `crit`.
 */
export function readHeader(token: string): TokenHeader {
  const parts = token.length > TOKEN_MAX_LENGTH ? null : COMPACT.exec(token);
  if (!parts) throw refuse('not a compact JWS');
  for (const part of parts.slice(1)) if (!isCanonical(part)) throw refuse('base64url is not canonical');
  const header = parseObject(parts[1]!);
  // RFC 9068 §4: 'MUST verify that the "typ" header value is "at+jwt" or "application/at+jwt"'.
  if (header.typ !== 'at+jwt' && header.typ !== 'application/at+jwt') throw refuse('typ is not at+jwt');
  // RFC 7515 §4.1.11: extensions that are not understood make the JWS invalid, and none is understood here.
  if ('crit' in header || 'b64' in header) throw refuse('has critical extensions');
  if (typeof header.kid !== 'string' || typeof header.alg !== 'string') throw refuse('has no kid or alg');
  return { kid: header.kid, alg: header.alg };
}

/** RFC 4648 §3.5: the unused bits of the last character are zero; otherwise one token has many spellings. */
function isCanonical(part: string): boolean {
  return part.length % 4 !== 1 && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseObject(part: string): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Refused below, like any other header that is none.
  }
  throw refuse('the header is no JSON object');
}

function refuse(logDetail: string): Error {
  return accessProblems.InvalidToken({ logDetail });
}
