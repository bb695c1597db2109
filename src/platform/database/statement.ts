import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { named } from './failures.js';
import { hasOwnBackend } from './own-backend.js';
import type { Queryable } from './queryable.js';

const drivers = new WeakMap<Queryable, Pool | PoolClient>();

/** Called by what makes a queryable. */
export function drives(driver: Pool | PoolClient, queryable: Queryable): void {
  drivers.set(queryable, driver);
}

/**
 * Runs a statement that is written out. For what every sign-in and refresh asks: the query builder makes its text
 * anew each time, which costs more than the driver and the socket do together.
 *
 * In a transaction or alone (`Database.single`), on a connection that has a backend of its own, the statement gets a name
 * there, and is parsed and planned for once. Behind a transaction pooler it has none: the connection that knew it may be
 * another's by the next time.
 *
 * @param text one of the code's own: each is kept, by connection
 */
export async function ask<Row extends QueryResultRow>(
  on: Queryable,
  text: string,
  values: unknown[],
): Promise<QueryResult<Row>> {
  const driver = drivers.get(on);
  if (!driver) throw new Error('ask needs the database or the transaction itself: not a savepoint.');
  try {
    return await (hasOwnBackend(driver)
      ? driver.query<Row>({ name: nameOf(text), text, values })
      : driver.query<Row>(text, values));
  } catch (error) {
    // Which one it was is for the log; what was in it is not.
    throw named(new Error(`Failed: ${text.trim().split(/\s+/).slice(0, 3).join(' ')}`, { cause: error }));
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `sumun_${names.size}`));
  return name;
}
