import { Refusal } from './parsers.js';

/** Where a Redis server is, and as whom it is asked. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database on that server. */
  readonly db: number;
  /** Where the connection is encrypted: the name that the server's certificate must have. */
  readonly tls?: { readonly servername: string };
}

const WHAT = 'must be a redis:// or rediss:// address, with at most the number of a database behind it.';

/**
 * The address of a Redis server. Taken apart here: clients of Redis read options from the query, and would let it
 * overrule how long they wait.
 */
export function redisServer(text: string): RedisServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw new Refusal(WHAT);
  const db = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (db === undefined || text.includes('?') || text.includes('#')) throw new Refusal(WHAT);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: Number(url.port || 6379),
    ...(url.username !== '' && { username: decoded(url.username) }),
    ...(url.password !== '' && { password: decoded(url.password) }),
    db: Number(db),
    ...(url.protocol === 'rediss:' && { tls: { servername: host } }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal('has a % in its user name or password that is no %25.');
  }
}
