import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { embeddedPool } from './connections.js';
import { DirectoryLock } from './directory-lock.js';
import { makeDatabase } from './embedded-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import { DatabaseRefused } from './failures.js';
import { knownMigrations, MIGRATIONS_FOLDER } from './migrations.js';

/** Whether there is an embedded database in the data directory. */
export function isThere(dataDir: string): boolean {
  return existsSync(join(dataDir, 'pglite', 'PG_VERSION'));
}

/**
 * Works on the embedded database as it is, with no migration applied and no service running.
 *
 * @throws DatabaseInUse where a service holds it; DatabaseRefused where there is none
 */
export async function withEmbedded<T>(
  dataDir: string,
  work: (engine: EmbeddedEngine) => Promise<T>,
): Promise<T> {
  if (!isThere(dataDir)) {
    throw new DatabaseRefused(`There is no embedded database in ${dataDir}. Point DATA_DIR to where it is.`);
  }
  const lock = DirectoryLock.take(dataDir);
  const engine = new EmbeddedEngine(join(dataDir, 'pglite'));
  try {
    return await work(engine);
  } finally {
    await engine.stop();
    lock.release();
  }
}

/** One connection to it, for as long as the work takes. */
export async function connected<T>(
  engine: EmbeddedEngine,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool(embeddedPool(engine));
  const client = await pool.connect();
  try {
    return await engine.unhurried(() => work(client));
  } finally {
    client.release();
    await pool.end();
  }
}

/** Writes a backup of the embedded database of a service that is not running. */
export async function backUp(dataDir: string, file: string): Promise<void> {
  await withEmbedded(dataDir, (engine) => engine.backUp(resolve(file)));
}

/**
 * Makes the embedded database from a backup, where there is none yet. The backup holds no `SECRET_KEY`: what
 * is sealed in it opens under the one it was sealed under.
 */
export async function restore(dataDir: string, file: string): Promise<void> {
  const path = resolve(file);
  if (!isGzip(path)) throw new DatabaseRefused(`${file} is no backup that db:backup has written.`);
  const directory = join(dataDir, 'pglite');
  const lock = DirectoryLock.take(dataDir);
  try {
    if (existsSync(directory)) {
      throw new DatabaseRefused(
        `There is a database in ${dataDir}: a backup is restored only where there is none. Move ${directory} ` +
          'away, or point DATA_DIR elsewhere.',
      );
    }
    await makeDatabase(directory, path);
    await check(directory, file).catch((error: unknown) => {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    });
  } finally {
    lock.release();
  }
}

/** A database it may be, and yet none of this service, or of a newer version of it. */
async function check(directory: string, file: string): Promise<void> {
  const engine = new EmbeddedEngine(directory);
  try {
    const migrations = await connected(engine, (client) => knownMigrations(client, MIGRATIONS_FOLDER));
    if (migrations.length === 0) throw new DatabaseRefused(`${file} holds no database of this service.`);
  } finally {
    await engine.stop();
  }
}

function isGzip(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    const magic = Buffer.alloc(2);
    readSync(fd, magic, 0, 2, 0);
    closeSync(fd);
    return magic.equals(Buffer.from([0x1f, 0x8b]));
  } catch (error) {
    throw new DatabaseRefused(`The backup ${path} cannot be read: ${(error as Error).message}.`);
  }
}
