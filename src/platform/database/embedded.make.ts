import { openAsBlob } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { START_PARAMS, syncTree, wordsOf } from './embedded-files.js';

/*
 * A program of its own: writes a new, closed database to the directory it is given, from the backup where one
 * is given, and ends. Making one takes 0.8 GB, of which a thread's end would leave the service 130 MB.
 */

async function make(directory: string, backup: string | undefined): Promise<void> {
  const database = await PGlite.create({
    dataDir: directory,
    startParams: START_PARAMS,
    ...(backup !== undefined && { loadDataDir: await openAsBlob(backup, { type: 'application/x-gzip' }) }),
  });
  await database.close();
  syncTree(directory);
}

try {
  await make(process.argv[2]!, process.argv[3]);
} catch (error) {
  process.stderr.write(wordsOf(error));
  process.exitCode = 1;
}
