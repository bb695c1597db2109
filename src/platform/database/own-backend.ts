import type { Pool, PoolClient, PoolConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { named } from './failures.js';

/** A server that takes connections and says nothing is as good as one that does not. */
const LOOK_LIMIT_MS = 5_000;

type Verify = NonNullable<PoolConfig['verify']>;

/** What the driver keeps of the server's greeting (BackendKeyData), and its types do not tell. */
interface Greeted {
  readonly processID?: number;
}

const OWN_BACKEND = Symbol('own backend');

/** A mark on the connection itself, so that what stands before it has it as well. */
interface Marked {
  [OWN_BACKEND]?: true;
}

/** Whether a backend of PostgreSQL is that connection's alone for as long as it lives: it may keep things there. */
export function hasOwnBackend(client: Pool | PoolClient): client is PoolClient {
  return (client as Marked)[OWN_BACKEND] === true;
}

/**
 * For a pool: looks at each connection before its first use. Where it has a backend of its own, what each transaction
 * would bring along is settled there for once. Behind a pooler of transactions nothing may be left on the server: it is
 * somebody else's by the next statement.
 */
export function settlingServer(settings: string): Verify {
  return verifying(async (client) => {
    const { rows } = await inTime<{ pid: number }>(client, 'SELECT pg_backend_pid() AS pid');
    // A pooler greets its clients with a key of its own, which is no backend's.
    if (rows[0]?.pid !== (client as Greeted).processID) return;
    await inTime(client, settings);
    (client as Marked)[OWN_BACKEND] = true;
  });
}

/** The same for the embedded database, whose one backend outlives its connections. */
export const settlingEmbedded = verifying(async (client) => {
  await inTime(client, 'DEALLOCATE ALL');
  (client as Marked)[OWN_BACKEND] = true;
});

function verifying(look: (client: PoolClient) => Promise<void>): Verify {
  return (client, done) => {
    look(client).then(
      () => done(),
      (error: unknown) => done(named(error) as Error),
    );
  };
}

function inTime<Row extends QueryResultRow>(client: PoolClient, text: string): Promise<QueryResult<Row>> {
  return client.query<Row>({ text, query_timeout: LOOK_LIMIT_MS } as QueryConfig);
}
