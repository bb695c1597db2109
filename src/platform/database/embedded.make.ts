import { PGlite } from '@electric-sql/pglite';
import { START_PARAMS, syncTree } from './embedded-files.js';

/*
 * A program of its own: writes a new, closed database to the directory it is given, and ends. Making one takes
 * 0.8 GB, of which a thread's end would leave the service 130 MB.
 */

const directory = process.argv[2]!;
const database = await PGlite.create({ dataDir: directory, startParams: START_PARAMS });
await database.close();
syncTree(directory);
