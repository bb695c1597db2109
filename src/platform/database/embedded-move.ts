import type { MigrationMeta } from 'drizzle-orm/migrator';
import pg from 'pg';
import { serverPool } from './connections.js';
import { copyTables, sequencesOf, setSequences, tablesOf, type CopiedTable } from './copy-tables.js';
import { connected, withEmbedded } from './embedded-backup.js';
import { DatabaseRefused, named } from './failures.js';
import { knownMigrations, LOCK_KEY, MIGRATIONS_FOLDER } from './migrations.js';
import { whenReachable } from './server-start.js';

/** How far a move has come. */
export type MoveProgress = (table: string, copied: number, of: number) => void;

/**
 * Copies the embedded database of a service that is not running into an empty database on a server: all of it
 * in one transaction, or none. The embedded one is only read.
 */
export async function moveTo(
  dataDir: string,
  url: string,
  progress: MoveProgress = () => undefined,
): Promise<CopiedTable[]> {
  return withEmbedded(dataDir, (engine) =>
    connected(engine, async (source) => {
      const target = new pg.Client({ ...serverPool(url), query_timeout: undefined });
      // What breaks the connection rejects the statement under way as well.
      target.on('error', () => undefined);
      try {
        await whenReachable(url, 0, () => target.connect(), '--to');
        return await move(source, target, progress);
      } catch (error) {
        throw named(error);
      } finally {
        await target.end().catch(() => undefined);
      }
    }),
  );
}

async function move(
  source: pg.PoolClient,
  target: pg.Client,
  progress: MoveProgress,
): Promise<CopiedTable[]> {
  const migrations = await knownMigrations(source, MIGRATIONS_FOLDER);
  await target.query('BEGIN');
  await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // A service that starts on the target at this moment waits for it before it migrates.
  await target.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
  await refuseOccupied(target);
  await makeSchema(target, migrations);
  const copied = await copyTables(source, target, progress);
  await setSequences(target, await sequencesOf(source));
  await target.query('COMMIT');
  await source.query('COMMIT');
  return copied;
}

async function refuseOccupied(target: pg.Client): Promise<void> {
  const tables = await tablesOf(target);
  if (tables.length === 0) return;
  const names = tables.slice(0, 5).map(({ name }) => name);
  throw new DatabaseRefused(
    `The database at --to is not empty: it has ${tables.length} tables (${names.join(', ')}…). Make a new one ` +
      'for this service (CREATE DATABASE), and let no service start on it before. Nothing was changed.',
  );
}

/** The schema as the source has it: the same migrations, in the transaction that fills it. */
async function makeSchema(target: pg.Client, migrations: readonly MigrationMeta[]): Promise<void> {
  await target.query('CREATE SCHEMA IF NOT EXISTS drizzle');
  await target.query(
    'CREATE TABLE drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
  );
  for (const statement of migrations.flatMap(({ sql }) => sql)) await target.query(statement);
}
