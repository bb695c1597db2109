import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncPath } from './embedded-files.js';
import { runTask } from './embedded-worker-start.js';

/**
 * Sees to it that there is a database in the directory; answers whether this call made it. A new one is made
 * under another name and renamed when it is whole and on disk, so that a kill or a power cut in the middle
 * leaves nothing that looks like a database. The caller holds the directory lock: what lies under the other
 * name is nobody's.
 */
export async function ensureDatabase(directory: string): Promise<boolean> {
  if (existsSync(join(directory, 'PG_VERSION'))) return false;
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new Error(`${directory} is not empty, and no database: move it away, or point DATA_DIR elsewhere.`);
  }
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  // In a thread of its own: making one takes 0.8 GB, which only the end of a thread gives back.
  await runTask({ purpose: 'make', directory: unfinished });
  chmodSync(unfinished, 0o700);
  renameSync(unfinished, directory);
  syncPath(dirname(directory));
  return true;
}
