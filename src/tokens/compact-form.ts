import { isUtf8 } from 'node:buffer';
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

/** What a token says: to be asked for only once its signature is genuine. */
export interface TokenContent {
  readonly typ: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Reads what the header of a compact JWS says of its signature, strictly.
 *
 * @throws `invalid_token` for any character outside the compact form, base64url that is not canonical, a
 *   header that is no JSON object or names a member twice, a `kid` that is no string, any `crit`.
 */
export function readHeader(token: string): TokenHeader {
  const parts = token.length > TOKEN_MAX_LENGTH ? null : COMPACT.exec(token);
  if (!parts) throw refuse('not a compact JWS');
  for (const part of parts.slice(2)) requireCanonical(part);
  const header = headerOf(parts[1]!);
  // RFC 7515 §4.1.11: extensions that are not understood make the JWS invalid, and none is understood here.
  if ('crit' in header || 'b64' in header) throw refuse('has critical extensions');
  if (typeof header.kid !== 'string' || typeof header.alg !== 'string') throw refuse('has no kid or alg');
  return { kid: header.kid, alg: header.alg };
}

/**
 * Reads what a token in the compact form says, by the same strict parser for header and payload.
 *
 * @throws `invalid_token` where the payload is no JSON object in UTF-8, or names a member twice.
 */
export function readContent(token: string): TokenContent {
  const [header, payload] = token.split('.', 2) as [string, string];
  return { typ: headerOf(header).typ, payload: parseObject(payload) };
}

type Members = Readonly<Record<string, unknown>>;

let lastHeader: { readonly part: string; readonly members: Members } | undefined;

/** Tokens of one key share their header to the letter, and each is asked for its own twice: it is read once. */
function headerOf(part: string): Members {
  if (part !== lastHeader?.part) {
    requireCanonical(part);
    lastHeader = { part, members: parseObject(part) };
  }
  return lastHeader.members;
}

/** RFC 4648 §5: each stands for six bits. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Bits of the last character that no byte has, by how many characters stand behind the last whole three bytes. */
const UNUSED_BITS = [0, NaN, 0b1111, 0b11];

/**
 * Of characters that `COMPACT` has let through. RFC 4648 §3.5: the unused bits of the last one are zero; otherwise one
 * token has many spellings.
 */
function requireCanonical(part: string): void {
  const unused = UNUSED_BITS[part.length % 4]!;
  if (Number.isNaN(unused) || (ALPHABET.indexOf(part.at(-1)!) & unused) !== 0)
    throw refuse('base64url is not canonical');
}

function parseObject(part: string): Record<string, unknown> {
  try {
    const bytes = Buffer.from(part, 'base64url');
    // A byte order mark is no white space of JSON (RFC 8259 §8.1): it stays, and does not parse.
    const text = isUtf8(bytes) ? bytes.toString() : '';
    const parsed: unknown = JSON.parse(text);
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      !Array.isArray(parsed) &&
      namesEachOnce(text, parsed)
    )
      return parsed as Record<string, unknown>;
  } catch {
    // Refused below, like any other part that is none.
  }
  throw refuse('header or payload is no JSON object, or names a member twice');
}

/**
 * RFC 7515 §4, RFC 7519 §4: names are unique. Of two members with one name this service would read the last
 * and another verifier the first, so that one token would say two things.
 */
function namesEachOnce(text: string, parsed: object): boolean {
  let read = 0;
  const nodes: unknown[] = [parsed];
  // Grows while it is walked: nesting as deep as a token is long must not exhaust the stack.
  for (const node of nodes) {
    if (typeof node !== 'object' || node === null) continue;
    const values: unknown[] = Object.values(node);
    if (!Array.isArray(node)) read += values.length;
    nodes.push(...values);
  }
  return membersWritten(text) === read;
}

const [QUOTE, BACKSLASH, COLON] = ['"', '\\', ':'].map((one) => one.charCodeAt(0));

/** In JSON that parses, every colon outside of a string stands behind the name of a member. */
function membersWritten(text: string): number {
  let [colons, inString] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) inString = !inString;
    else if (character === BACKSLASH) i++;
    else if (character === COLON && !inString) colons++;
  }
  return colons;
}

function refuse(logDetail: string): Error {
  return accessProblems.InvalidToken({ logDetail });
}
