import { statSync } from 'node:fs';

const OTHERS = 0o006;
const WRITE_BY_GROUP_OR_OTHERS = 0o022;

/**
 * What other users of the machine may do to the service's files, as a line each that says how to end it. It starts
 * all the same: who may be on the machine is the operator's to know.
 *
 * @param secretFiles the files that secrets were read from
 */
export function exposures(dataDir: string, secretFiles: readonly string[]): string[] {
  if (process.platform === 'win32') return []; // there the bits of the mode say nothing
  const found: string[] = [];
  if (modeOf(dataDir) & WRITE_BY_GROUP_OR_OTHERS) {
    found.push(
      `DATA_DIR may be written by other users: whoever puts files there rules the database. chmod go-w ${dataDir}`,
    );
  }
  for (const path of new Set(secretFiles)) {
    if (modeOf(path) & OTHERS) {
      found.push(`A file with a secret is open to every user of this machine. chmod o-rw ${path}`);
    }
  }
  return found;
}

/** No mode at all where there is no file: a server's database needs no `DATA_DIR`. */
function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
}
