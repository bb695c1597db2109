import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Pool, PoolClient } from 'pg';
import { collectEffects, runEffects } from './after-commit.js';
import { named } from './failures.js';
import { onLease, type Lease } from './lease.js';
import { hasOwnBackend } from './own-backend.js';
import type { Queryable, Transaction } from './queryable.js';
import { drives } from './statement.js';

/**
 * No transaction lives longer. Readers of the revocation feed look back further than this, so that none can
 * commit behind what they have already read.
 */
export const TRANSACTION_CUT_MS = 10_000;

const dialect = new PgDialect();

export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** The server's own cuts: they hold even where this process is stopped and its timer with it. */
function cuts(serverVersion: number): string[] {
  const names = ['statement_timeout', 'idle_in_transaction_session_timeout'];
  // Since PostgreSQL 17.
  if (serverVersion >= 170_000) names.push('transaction_timeout');
  return names.map((name) => `${name} = ${TRANSACTION_CUT_MS}`);
}

/** The cuts for every transaction of a connection. */
export function settingCuts(serverVersion: number): string {
  return cuts(serverVersion)
    .map((cut) => `SET ${cut}`)
    .join('; ');
}

/** The statement that opens a transaction, with the cuts in the same round trip. */
export function beginWithCuts(serverVersion: number): string {
  return [BEGIN, ...cuts(serverVersion).map((cut) => `SET LOCAL ${cut}`)].join('; ');
}

/** What stands before a connection while it is asked. */
type Watch = (client: PoolClient) => PoolClient;

interface Running {
  readonly cutMs?: number;
  readonly watch?: Watch;
}

const unwatched: Watch = (client) => client;

/** Runs the work in one transaction on one connection; commits when it resolves, rolls back when it throws. */
export function runTransaction<T>(
  pool: Pool,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
  { cutMs = TRANSACTION_CUT_MS, watch = unwatched }: Running = {},
): Promise<T> {
  return onLease(pool, (lease) => lease.within(cutMs, () => steps(lease, begin, work, watch)));
}

/**
 * The same for a single statement, which is a transaction by itself: without the round trips of BEGIN and COMMIT where
 * the cuts are settled on the connection.
 */
export function runSingle<T>(
  pool: Pool,
  begin: string,
  work: (on: Queryable) => Promise<T>,
  { cutMs = TRANSACTION_CUT_MS, watch = unwatched }: Running = {},
): Promise<T> {
  return onLease(pool, (lease) =>
    lease.within(cutMs, () =>
      hasOwnBackend(lease.client) ? work(queryableOn(watch(lease.client))) : steps(lease, begin, work, watch),
    ),
  );
}

async function steps<T>(
  lease: Lease,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
  watch: Watch,
): Promise<T> {
  const { client } = lease;
  const tx = queryableOn(watch(client));
  collectEffects(tx);
  let result: T;
  try {
    await client.query(hasOwnBackend(client) ? BEGIN : begin);
    result = await work(tx);
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => lease.spoil(failure));
    throw named(error);
  }
  if (await commit(lease)) runEffects(tx, true);
  // PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK, and with no error.
  else throw new Error('The transaction was rolled back: one of its statements had failed.');
  return result;

  async function commit({ client }: Lease): Promise<boolean> {
    try {
      return (await client.query('COMMIT')).command === 'COMMIT';
    } catch (error) {
      lease.spoil(error as Error);
      // The answer was lost, and the transaction may be committed: who keeps something of it has to find out.
      runEffects(tx, false);
      throw named(error);
    }
  }
}

function queryableOn(client: PoolClient): Transaction {
  const session: Transaction['_']['session'] = new NodePgSession(client, dialect, undefined);
  const queryable: Transaction = new NodePgTransaction(dialect, session, undefined);
  drives(client, queryable);
  return queryable;
}
