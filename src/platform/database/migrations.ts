import { fileURLToPath } from 'node:url';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client, PoolClient } from 'pg';
import { DatabaseRefused } from './failures.js';
import type { Queryable } from './queryable.js';

/** The committed migrations: the same three steps up from `src` and from `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** One number for all nodes of the service: "sumun" in ASCII. */
export const LOCK_KEY = 0x73756d756e;

/** Looks at a database that is about to be migrated; where it throws, nothing is changed. */
export type Inspection = (database: Queryable) => Promise<void>;

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
 * nodes that start together would run the same statements twice, so they queue for an advisory lock here.
 */
export async function applyMigrations(
  client: Client | PoolClient,
  folder: string,
  inspections: readonly Inspection[] = [],
): Promise<number> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    const before = await knownMigrations(client, folder);
    if (before.length > 0) for (const inspect of inspections) await inspect(drizzle(client));
    await migrate(drizzle(client), { migrationsFolder: folder });
    return (await appliedOn(client)).count - before.length;
  } finally {
    // A connection that broke has given the lock back already; the migrator's error is the one to tell.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}
