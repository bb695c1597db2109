import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { syncPath } from './embedded-files.js';
import { UNOPTIMIZED } from './embedded-v8.js';
import { DatabaseRefused, DatabaseUnavailable } from './failures.js';

const MAKE = fileURLToPath(new URL('./embedded.make.js', import.meta.url));

/**
 * Sees to it that there is a database in the directory; answers whether this call made it. A new one is made
 * under another name and renamed when it is whole and on disk, so that a kill or a power cut in the middle
 * leaves nothing that looks like a database. The caller holds the directory lock.
 */
export async function ensureDatabase(directory: string): Promise<boolean> {
  removeUnfinished(directory);
  if (existsSync(join(directory, 'PG_VERSION'))) return false;
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new DatabaseRefused(
      `${directory} is not empty, and no database: move it away, or point DATA_DIR elsewhere.`,
    );
  }
  await makeDatabase(directory);
  return true;
}

/** Makes a database under another name, from a backup where one is given, and renames it when it is whole. */
export async function makeDatabase(directory: string, backup?: string): Promise<void> {
  const unfinished = mkdtempSync(`${directory}.new-`); // made with mode 0700, as PostgreSQL wants it
  try {
    await promisify(execFile)(process.execPath, [
      ...UNOPTIMIZED,
      MAKE,
      unfinished,
      ...(backup ? [backup] : []),
    ]);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const reason = reasonOf(error);
    throw new DatabaseUnavailable(`The embedded database could not be made in ${directory}: ${reason}.`);
  }
  renameSync(unfinished, directory);
  syncPath(dirname(directory));
}

/** The last line of what the program said. */
function reasonOf(error: unknown): string {
  const said = ((error as { stderr?: string }).stderr ?? '').trim();
  return said.split('\n').at(-1) || 'its program ended without a word';
}

/**
 * What a start that was killed has left. Its program may still be writing there, which is why every start
 * takes a new name, and why a directory that will not go is left for the next one.
 */
function removeUnfinished(directory: string): void {
  const prefix = `${basename(directory)}.new-`;
  for (const name of readdirSync(dirname(directory))) {
    if (!name.startsWith(prefix)) continue;
    try {
      rmSync(join(dirname(directory), name), { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}
