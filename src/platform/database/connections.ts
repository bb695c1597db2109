import type { PoolConfig } from 'pg';
import pg from 'pg';
import type { EmbeddedEngine } from './embedded-engine.js';
import { settlingEmbedded } from './own-backend.js';

/** How long a caller waits for a connection before it is told that the database is away. */
const CONNECT_LIMIT_MS = 5_000;
/** How long any one statement may leave the driver without an answer; above the server's own cut. */
const ANSWER_LIMIT_MS = 15_000;

/** How the service talks to a PostgreSQL server. */
export function serverPool(url: string): PoolConfig {
  return {
    connectionString: url,
    max: 10,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
    keepAlive: true,
    application_name: 'sumun',
  };
}

/** The same driver over the embedded database, which has one backend and so takes one connection. */
export function embeddedPool(engine: EmbeddedEngine): PoolConfig {
  return {
    stream: () => engine.openStream(),
    max: 1,
    verify: settlingEmbedded,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    // Said here, or the driver would take them from PGHOST and its like.
    host: 'embedded',
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    application_name: 'sumun',
  };
}

/**
 * A pool of connections, any of which may break at any time.
 *
 * @param onLoss told of one that broke while nobody used it; the next query makes another
 */
export function openPool(config: PoolConfig, onLoss: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', onLoss);
  // The pool stops listening when it hands a connection out. Where the server's "ready" and its "terminated" come in
  // one piece, the second is heard before whoever waited can listen: unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A URL as it may be shown: where it leads, without the name and password that open it. */
export function shownWithoutSecrets(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url });
  return host.startsWith('/')
    ? `${host} (port ${port}), database ${database}`
    : `${host}:${port}/${database}`;
}
