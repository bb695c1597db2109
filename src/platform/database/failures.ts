import { DrizzleQueryError } from 'drizzle-orm/errors';
import pg from 'pg';

/** The database could not be asked, or did not answer in time: nothing is wrong with the question. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  /**
   * Whether the error says that the database is away. It answers only for errors that came out of the database
   * (a mail server's ECONNREFUSED is none of them), and never throws.
   */
  static explains(error: unknown): boolean {
    const chain = chainOf(error);
    const fromDatabase = chain.some(
      (link) =>
        link instanceof DatabaseUnavailable || link instanceof DrizzleQueryError || isServerError(link),
    );
    return fromDatabase && chain.some(meansAway);
  }
}

/** The database is there, but cannot be used as it is: waiting does not mend it, and nothing was changed. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** What a broken way to the server says, in the words of Node. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What the driver says without giving it a code. */
const DRIVER_MESSAGES = [
  /^timeout exceeded when trying to connect$/,
  /^timeout expired$/,
  /^Query read timeout$/,
  /^Connection terminated\b/,
  /^Cannot use a pool after calling end on the pool$/,
  /^Client (was closed|has encountered a connection error) and is not queryable$/,
];

/**
 * SQLSTATE (PostgreSQL, appendix A): 08 connection exception, 53 insufficient resources (53300 too many
 * connections), 57P0x shutdown and crash, 57014 and 25P03/25P04 what was cut for taking too long, 25006 a
 * standby that has not been promoted yet, 28, 3D000 and 55000 a server that no longer lets the service in (55000:
 * into a database whose connections an operator has closed).
 */
const SQLSTATES = /^(08...|53...|57P0.|57014|25P03|25P04|25006|28...|3D000|55000)$/;

/** The error and what caused it, outermost first; bounded, because a cause may point back at itself. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < 16) {
    const link = waiting.shift();
    if (typeof link !== 'object' || link === null) continue;
    chain.push(link);
    waiting.push((link as Error).cause);
    if (link instanceof AggregateError) waiting.push(...(link.errors as unknown[]));
  }
  return chain;
}

function codeOf(link: unknown): string {
  const code = (link as { code?: unknown }).code;
  return typeof code === 'string' ? code : '';
}

function meansAway(link: unknown): boolean {
  if (link instanceof DatabaseUnavailable) return true;
  const code = codeOf(link);
  if (NETWORK_CODES.has(code)) return true;
  // A socket file that is not there, or not ours, while a server restarts.
  if (code === 'ENOENT' || code === 'EACCES') return (link as { syscall?: string }).syscall === 'connect';
  if (isServerError(link)) return SQLSTATES.test(code);
  const message = link instanceof Error ? link.message : '';
  return DRIVER_MESSAGES.some((known) => known.test(message));
}

function isServerError(link: unknown): boolean {
  return link instanceof pg.DatabaseError || typeof (link as { severity?: unknown }).severity === 'string';
}

/** For errors known to come from the driver: gives those that mean "away" their name, leaves the others. */
export function named(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable || error instanceof DatabaseRefused) return error;
  if (!chainOf(error).some(meansAway)) return error;
  return new DatabaseUnavailable('The database is not available.', { cause: error });
}

/**
 * Of a failure to connect: whether a person has to mend it. SQLSTATE 28 and 3D000 (who, and to which database);
 * the driver's TLS and SASL errors, which come without any code that means "away".
 */
export function meansRefused(error: unknown): boolean {
  const chain = chainOf(error);
  if (chain.some((link) => isServerError(link) && /^(28...|3D000)$/.test(codeOf(link)))) return true;
  return chain.some(
    (link) =>
      link instanceof Error &&
      (/^(SASL|The server does not support SSL)/.test(link.message) || /CERT|TLS/.test(codeOf(link))),
  );
}

/** The error at the bottom of the chain: what really happened. */
export function rootOf(error: unknown): Error {
  const root = chainOf(error).at(-1);
  return root instanceof Error ? root : new Error(String(error));
}

const VIOLATIONS = { unique: '23505', foreign_key: '23503' };

/** Whether a statement failed because a row of these unique values exists, or the row that it refers to does not. */
export function violates(error: unknown, kind: keyof typeof VIOLATIONS, constraint?: string): boolean {
  return chainOf(error).some(
    (link) =>
      codeOf(link) === VIOLATIONS[kind] &&
      (constraint === undefined || (link as { constraint?: unknown }).constraint === constraint),
  );
}
