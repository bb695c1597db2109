import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Pool, PoolClient } from 'pg';
import { collectEffects, runEffects } from './after-commit.js';
import { DatabaseUnavailable, named } from './failures.js';
import type { Transaction } from './queryable.js';
import { drives } from './statement.js';

/**
 * No transaction lives longer. Readers of the revocation feed look back further than this, so that none can
 * commit behind what they have already read.
 */
export const TRANSACTION_CUT_MS = 10_000;

const dialect = new PgDialect();

/**
 * The statement that opens a transaction, with the server's own cuts in the same round trip: they hold even
 * where this process is stopped and its timer with it. `transaction_timeout` exists since PostgreSQL 17.
 */
export function beginStatement(serverVersion: number): string {
  const cuts = ['statement_timeout', 'idle_in_transaction_session_timeout'];
  if (serverVersion >= 170_000) cuts.push('transaction_timeout');
  const settings = cuts.map((name) => `SET LOCAL ${name} = ${TRANSACTION_CUT_MS}`);
  return ['BEGIN ISOLATION LEVEL READ COMMITTED', ...settings].join('; ');
}

/** Runs the work in one transaction on one connection; commits when it resolves, rolls back when it throws. */
export async function runTransaction<T>(
  pool: Pool,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
  cutMs = TRANSACTION_CUT_MS,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error);
  });
  const lease = new Lease(client);
  try {
    return await lease.within(cutMs, () => steps(lease, begin, work));
  } finally {
    lease.release();
  }
}

async function steps<T>(lease: Lease, begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { client } = lease;
  const session: Transaction['_']['session'] = new NodePgSession(client, dialect, undefined);
  const tx: Transaction = new NodePgTransaction(dialect, session, undefined);
  drives(client, tx);
  collectEffects(tx);
  let result: T;
  try {
    await client.query(begin);
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

/** A connection taken from the pool: given back once, and not for reuse when it is no longer sound. */
class Lease {
  private spoiledBy: Error | undefined;
  private released = false;
  // Without a listener a connection that breaks between two statements would end the process.
  private readonly onError = (error: Error) => this.spoil(error);

  constructor(readonly client: PoolClient) {
    client.on('error', this.onError);
  }

  spoil(error: Error): void {
    this.spoiledBy ??= error;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    // The pool listens from here on; a spoilt connection keeps this listener, for what it may still emit.
    if (!this.spoiledBy) this.client.off('error', this.onError);
    this.client.release(this.spoiledBy);
  }

  /** Cuts the connection when the time is up: what has not been committed by then never will be. */
  async within<T>(ms: number, run: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new DatabaseUnavailable(`The transaction was cut after ${ms} ms.`);
        this.spoil(error);
        this.release();
        reject(error);
      }, ms);
    });
    try {
      return await Promise.race([run(), cut]);
    } finally {
      clearTimeout(timer);
    }
  }
}
