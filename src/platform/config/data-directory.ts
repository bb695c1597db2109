import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './mistake.js';
import { VARIABLES } from './variables.js';

/** Makes `DATA_DIR` where it is not there yet, and what is missing above it, for the service's user alone. */
export function makeDataDirectory(path: string): void {
  try {
    make(resolve(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = "Give the service's user the right to make it, or name another directory.";
    const problem = `cannot be made (${reason}). ${advice}`;
    throw new ConfigurationError([{ variable: 'DATA_DIR', problem, example: VARIABLES.DATA_DIR.example }]);
  }
}

/** A step at a time: Node's own recursion never ends where a parent is there and yet takes no child, as in `/proc`. */
function make(path: string): void {
  if (isDirectory(path)) return;
  if (dirname(path) !== path) make(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isDirectory(path)) throw error; // else another process that starts now has made it
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
