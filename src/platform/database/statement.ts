import pg, { type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { named } from './failures.js';
import { onLease } from './lease.js';
import { hasOwnBackend } from './own-backend.js';
import type { Queryable } from './queryable.js';

/** What stands before a connection while it is asked. */
export type Watch = (client: PoolClient) => PoolClient;

const drivers = new WeakMap<Queryable, { driver: Pool | PoolClient; watch: Watch | undefined }>();

/** Called by what makes a queryable. */
export function drives(driver: Pool | PoolClient, queryable: Queryable, watch?: Watch): void {
  drivers.set(queryable, { driver, watch });
}

/**
 * Runs a statement that is written out. For what every sign-in and refresh asks: the query builder makes its text
 * anew each time, which costs more than the driver and the socket do together.
 *
 * Where the connection has a backend of its own, the statement gets a name there, and is parsed and planned for once.
 * Behind a transaction pooler it has none: the connection that knew it may be another's by the next time.
 *
 * @param text one of the code's own: each is kept, by connection
 */
export async function ask<Row extends QueryResultRow>(
  on: Queryable,
  text: string,
  values: unknown[],
): Promise<QueryResult<Row>> {
  const { driver, watch = (client: PoolClient) => client } = drivers.get(on) ?? {};
  if (!driver) throw new Error('ask needs the database or the transaction itself: not a savepoint.');
  try {
    if (!(driver instanceof pg.Pool)) return await send<Row>(driver, text, values);
    return await onLease(driver, (lease) =>
      send<Row>(watch(lease.client), text, values).catch((error: unknown) => {
        // Whatever the server did not say itself, as that it took too long, may leave the statement under way.
        if (!(error instanceof pg.DatabaseError)) lease.spoil(error as Error);
        throw error;
      }),
    );
  } catch (error) {
    // Which one it was is for the log; what was in it is not.
    throw named(new Error(`Failed: ${text.trim().split(/\s+/).slice(0, 3).join(' ')}`, { cause: error }));
  }
}

const names = new Map<string, string>();

function send<Row extends QueryResultRow>(
  client: PoolClient,
  text: string,
  values: unknown[],
): Promise<QueryResult<Row>> {
  if (!hasOwnBackend(client)) return client.query<Row>(text, values);
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `sumun_${names.size}`));
  return client.query<Row>({ name, text, values });
}
