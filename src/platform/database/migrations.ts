import { fileURLToPath } from 'node:url';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import { sql, type SQL } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client, PoolClient } from 'pg';
import { DatabaseRefused } from './failures.js';
import type { Queryable, Transaction } from './queryable.js';

/** The committed migrations: the same three steps up from `src` and from `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** One number for all nodes of the service: "sumun" in ASCII. */
export const LOCK_KEY = 0x73756d756e;

/** Looks at a database that is about to be migrated; where it throws, nothing is changed. */
export type Inspection = (database: Queryable) => Promise<void>;

/** What the migrator reads of a database, and its types leave out. */
interface Internals {
  readonly dialect: unknown;
  readonly session: { execute(query: SQL): Promise<unknown>; all(query: SQL): Promise<unknown> };
}

/** When the newest applied migration was made, and how many there are. */
interface Applied {
  readonly count: number;
  readonly newest: number;
}

async function appliedOn(client: Client | PoolClient): Promise<Applied> {
  const table = "to_regclass('drizzle.__drizzle_migrations')";
  const found = await client.query<{ found: boolean }>(`SELECT ${table} IS NOT NULL AS found`);
  if (!found.rows[0]?.found) return { count: 0, newest: 0 };
  const { rows } = await client.query<{ count: string; newest: string | null }>(
    'SELECT count(*), max(created_at) AS newest FROM drizzle.__drizzle_migrations',
  );
  return { count: Number(rows[0]?.count), newest: Number(rows[0]?.newest ?? 0) };
}

/**
 * The migrations that the database has, told from the committed ones by when they were made.
 *
 * @throws DatabaseRefused where a newer version of the code was here: what it added, this one would not keep
 */
export async function knownMigrations(client: Client | PoolClient, folder: string): Promise<MigrationMeta[]> {
  const { count, newest } = await appliedOn(client);
  const known = readMigrationFiles({ migrationsFolder: folder });
  if (newest > Math.max(0, ...known.map(({ folderMillis }) => folderMillis))) {
    throw new DatabaseRefused(
      `The database was migrated by a newer version of Sumun: it has ${count} migrations, this version knows ` +
        `${known.length}. Start that version again, or one after it; nothing was changed.`,
    );
  }
  return known.filter(({ folderMillis }) => folderMillis <= newest);
}

/**
 * Brings the schema up to date and answers how many migrations that took. Drizzle's migrator takes no lock:
 * nodes that start together would run the same statements twice, so they queue for an advisory lock here. It is
 * the transaction's, not the session's: a transaction pooler would hand the session that holds it to somebody else.
 */
export async function applyMigrations(
  client: Client | PoolClient,
  folder: string,
  inspections: readonly Inspection[] = [],
): Promise<number> {
  const work = async (tx: Transaction): Promise<number> => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
    const before = await knownMigrations(client, folder);
    if (before.length > 0) for (const inspect of inspections) await inspect(tx);
    await migrate(within(tx), { migrationsFolder: folder });
    return (await appliedOn(client)).count - before.length;
  };
  // Others' migrations must be seen once the lock is had, whatever the server's default.
  return drizzle(client).transaction(work, { isolationLevel: 'read committed' });
}

/** The migrator begins a transaction: within one that is a savepoint, as drizzle makes it where asked by its `tx`. */
function within(tx: Transaction): NodePgDatabase {
  const { dialect, session } = tx as unknown as Internals;
  const inner = {
    execute: (query: SQL) => session.execute(query),
    all: (query: SQL) => session.all(query),
    transaction: (work: (nested: Transaction) => Promise<void>) => tx.transaction(work),
  };
  return { dialect, session: inner } as unknown as NodePgDatabase;
}
