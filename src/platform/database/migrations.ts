import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client, PoolClient } from 'pg';

/** The committed migrations: the same three steps up from `src` and from `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** One number for all nodes of the service: "sumun" in ASCII. */
const LOCK_KEY = 0x73756d756e;

async function appliedOn(client: Client | PoolClient): Promise<number> {
  const table = "to_regclass('drizzle.__drizzle_migrations')";
  const found = await client.query<{ found: boolean }>(`SELECT ${table} IS NOT NULL AS found`);
  if (!found.rows[0]?.found) return 0;
  const count = await client.query<{ n: string }>('SELECT count(*) AS n FROM drizzle.__drizzle_migrations');
  return Number(count.rows[0]?.n);
}

/**
 * Brings the schema up to date and answers how many migrations that took. Drizzle's migrator takes no lock:
 * nodes that start together would run the same statements twice, so they queue for an advisory lock here.
 */
export async function applyMigrations(client: Client | PoolClient, folder: string): Promise<number> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    const before = await appliedOn(client);
    await migrate(drizzle(client), {
      migrationsFolder: folder,
    });
    return (await appliedOn(client)) - before;
  } finally {
    // A connection that broke has given the lock back already; the migrator's error is the one to tell.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}
