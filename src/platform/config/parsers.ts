/** Thrown by a parser; the message completes a sentence that begins with the variable's name. */
export class Refusal extends Error {}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A whole number within bounds. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new Refusal(`must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** A duration such as `30s`, `10m`, `2h` or `90d`, in seconds; `0` needs no unit. */
export function duration(least: string, most: string): (text: string) => number {
  const [from, to] = [seconds(least), seconds(most)];
  return (text) => {
    const value = seconds(text);
    if (value === undefined) throw new Refusal('must be a duration: a whole number and s, m, h or d.');
    if (value < from! || value > to!) throw new Refusal(`must be from ${least} to ${most}.`);
    return value;
  };
}

function seconds(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match ? Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS] : undefined;
}

/** A short duration such as `250ms` or `1s`, in milliseconds; `0` needs no unit. */
export function shortDuration(mostMilliseconds: number): (text: string) => number {
  return (text) => {
    const match = /^(?:0|(\d{1,6})(ms|s))$/.exec(text);
    const value = Number(match?.[1] ?? 0) * (match?.[2] === 's' ? 1000 : 1);
    if (!match) throw new Refusal('must be a short duration, such as 250ms or 1s.');
    if (value > mostMilliseconds) throw new Refusal(`must be from 0 to ${mostMilliseconds}ms.`);
    return value;
  };
}

const BYTES = { '': 1, Mi: 1024 ** 2, Gi: 1024 ** 3 } as const;

/** A size such as `512Mi` or `2Gi`, as Kubernetes writes powers of 1024, or a number of bytes. In bytes. */
export function size(text: string): number {
  const match = /^([1-9]\d{0,14})(Mi|Gi|)$/.exec(text);
  if (!match) throw new Refusal('must be a size: a whole number and Mi or Gi, or bytes.');
  return Number(match[1]) * BYTES[match[2] as keyof typeof BYTES];
}

/** A number from 0 to 1. */
export function fraction(text: string): number {
  const value = /^[01](?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 1)) throw new Refusal('must be a number from 0 to 1, such as 0.1.');
  return value;
}

/** The address of a collector: an origin and maybe a path. */
export function collector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new Refusal('must be an http(s) address without a user, a query or a fragment.');
  }
  return text;
}

/** So many in a stretch of time, such as `10/5m`. */
export interface Rate {
  readonly max: number;
  readonly windowSeconds: number;
}

const LONGEST_WINDOW = 86_400;
const MOST_IN_WINDOW = 10_000;

/** A number and a duration, such as `10/5m`. */
export function rate(text: string): Rate {
  const [number, window, ...rest] = text.split('/');
  const max = /^\d{1,5}$/.test(number ?? '') ? Number(number) : 0;
  const windowSeconds = seconds(window ?? '') ?? 0;
  if (
    rest.length > 0 ||
    max < 1 ||
    max > MOST_IN_WINDOW ||
    windowSeconds < 1 ||
    windowSeconds > LONGEST_WINDOW
  ) {
    throw new Refusal(
      `must be a number from 1 to ${MOST_IN_WINDOW}, a slash and a duration up to 24h, such as 10/5m.`,
    );
  }
  return { max, windowSeconds };
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined)
      throw new Refusal(
        words.length > 1 ? `must be one of ${words.join(', ')}.` : `must be ${words[0]}, or be left out.`,
      );
    return found;
  };
}

/** A host name or address to listen on. */
export function host(text: string): string {
  if (!/^[A-Za-z0-9._:%-]+$/.test(text) || /^[^:]*:\d*$/.test(text))
    throw new Refusal('must be a host name or an address, without a scheme or a port.');
  return text;
}

/**
 * An origin. A client compares `iss` with the issuer character by character (RFC 8414 §3.3), so only the
 * one canonical spelling is taken: no path, query or trailing slash, no upper case, no default port.
 */
export function issuer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.origin !== text) {
    throw new Refusal('must be an http(s) origin in lower case, without path, query or trailing slash.');
  }
  return text;
}

/**
 * Comma-separated origins, in the one spelling in which a browser sends each: they are compared character by
 * character. `*` and `null` (the origin of every sandboxed frame) stand for strangers and are refused.
 */
export function origins(text: string): string[] {
  return list(text).map((origin) => {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    // To a URL parser the host `*.example.com` is a name like any other.
    const exact = url?.origin === origin && /^https?:\/\/[^*]+$/.test(origin);
    if (!exact) {
      throw new Refusal(
        'must be exact http(s) origins in lower case, comma-separated: no *, no null, no path, no trailing slash.',
      );
    }
    return origin;
  });
}

/** A comma-separated list without blanks or repetitions. */
export function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => !/^[\x21-\x7e]+$/.test(part)) || new Set(parts).size !== parts.length) {
    throw new Refusal('must be a comma-separated list of different words without spaces.');
  }
  return parts;
}

/** The address of a PostgreSQL database. */
export function postgresUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Refusal('must be a postgres:// or postgresql:// address.');
  }
  return text;
}

/** 32 bytes in the one base64url spelling they have, so that two nodes cannot differ in what they took it for. */
export function key(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 32 || bytes.toString('base64url') !== text) {
    throw new Refusal('must be exactly 32 bytes in base64url without padding (43 characters).');
  }
  return bytes;
}

/** RFC 7518 §3.2: "A key of the same size as the hash output or larger MUST be used" with HS256. */
export function sharedSecret(text: string): string {
  if (Buffer.byteLength(text) < 32) throw new Refusal('must be at least 32 bytes long in UTF-8.');
  return text;
}

/** Any text. */
export function text(value: string): string {
  return value;
}
