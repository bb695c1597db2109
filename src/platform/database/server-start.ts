import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { serverPool, shownWithoutSecrets } from './connections.js';
import { DatabaseRefused, DatabaseUnavailable, meansRefused, named, rootOf } from './failures.js';
import { applyMigrations, type Inspection } from './migrations.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** Told at once, and then about as often as somebody looks. */
const NOTICE_INTERVAL_MS = 10_000;

/** Brings the schema of a server up to date, over a connection of its own. */
export async function prepareServer(
  url: string,
  folder: string,
  inspections: readonly Inspection[],
): Promise<{ version: number; migrationsApplied: number }> {
  const client = new pg.Client({
    ...serverPool(url),
    query_timeout: undefined, // a migration may take its time, and so may another node's before it
  });
  // What breaks the connection rejects the statement under way as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "SELECT current_setting('server_version_num') AS version",
    );
    const migrationsApplied = await applyMigrations(client, folder, inspections);
    return { version: Number(rows[0]?.version), migrationsApplied };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Opens a server that may not be up yet, as where both are started together. What waiting does not mend, a
 * wrong password or a database that is not there, is told at once.
 *
 * @throws DatabaseRefused, or DatabaseUnavailable when the time is up; neither with a secret in it
 */
export async function whenReachable<T>(
  url: string,
  waitSeconds: number,
  open: () => Promise<T>,
  given = 'DATABASE_URL',
): Promise<T> {
  const where = shownWithoutSecrets(url);
  const deadline = AbortSignal.timeout(waitSeconds * 1000);
  let untold = 0;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      return await open();
    } catch (error) {
      const failure = asFailure(error, where, given);
      if (!(failure instanceof DatabaseUnavailable)) throw failure;
      if (waitSeconds === 0 || deadline.aborted) throw gaveUp(failure, where, waitSeconds, given);
      if (untold <= 0) {
        const notice = `The database at ${where} does not answer (${reasonOf(failure)}); waiting for it.`;
        process.stderr.write(`${notice}\n`);
        untold = NOTICE_INTERVAL_MS;
      }
    }
    untold -= wait;
    await pause(wait, undefined, { signal: deadline }).catch(() => undefined);
  }
}

function asFailure(error: unknown, where: string, given: string): unknown {
  if (!meansRefused(error)) return named(error);
  return new DatabaseRefused(
    `The database at ${where} does not let the service in: ${reasonOf(error)}. Check ${given}.`,
    { cause: error },
  );
}

function gaveUp(
  failure: DatabaseUnavailable,
  where: string,
  waitSeconds: number,
  given: string,
): DatabaseUnavailable {
  const waited = waitSeconds === 0 ? '' : ` Waited ${waitSeconds} s for it (DATABASE_WAIT).`;
  const advice = `Start it, or check ${given}.`;
  const message = `The database at ${where} does not answer (${reasonOf(failure)}).${waited} ${advice}`;
  return new DatabaseUnavailable(message); // without its cause, which would say the same again
}

/** The driver's and the server's own words, which name the user and the database, never the password. */
function reasonOf(error: unknown): string {
  const root = rootOf(error);
  return (root as { code?: unknown }).code === 'ECONNREFUSED' ? 'connection refused' : root.message;
}
