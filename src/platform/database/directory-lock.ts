import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { makeDataDirectory } from '../config/index.js';

/** For half a second, at a start that is refused anyway. */
const NAME_TRIES = 50;
const NAME_PAUSE_MS = 10;

/** Who holds a data directory; what the lock file says, for messages and for finding the control socket. */
export interface Holder {
  pid: number;
  host: string;
  started_at: string;
  control: string | null;
}

/** Another process, or another `Database` of this one, holds the data directory. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse';

  constructor(
    readonly directory: string,
    readonly holder: Holder | undefined,
  ) {
    const who = holder
      ? `process ${holder.pid} on host ${holder.host}, since ${holder.started_at}`
      : 'another process';
    super(`The embedded database in ${directory} is in use by ${who}. Only one process can have it open.`);
  }
}

function pathOf(dataDir: string): string {
  return join(resolve(dataDir), 'lock');
}

/** What the lock file says of its holder. Nothing, when it says nothing whole: it may be being written. */
export function readHolder(dataDir: string): Holder | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(pathOf(dataDir), 'utf8'));
    return isHolder(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Of two that start at once, the other has the lock a moment before its name stands in the file. */
function awaitHolder(dataDir: string): Holder | undefined {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < NAME_TRIES; tries++) {
    const holder = readHolder(dataDir);
    if (holder !== undefined) return holder;
    Atomics.wait(pause, 0, 0, NAME_PAUSE_MS);
  }
  return undefined;
}

/** Whether a process holds that directory at this moment. */
export function isHeld(dataDir: string): boolean {
  let fd: number;
  try {
    fd = openSync(pathOf(dataDir), constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    return !tryLock(fd);
  } finally {
    closeSync(fd);
  }
}

function isHolder(read: unknown): read is Holder {
  const { pid, host, started_at, control } = (read ?? {}) as Record<string, unknown>;
  const texts = typeof host === 'string' && typeof started_at === 'string' && started_at !== '';
  return Number.isInteger(pid) && texts && (control === null || typeof control === 'string');
}

/**
 * A kernel lock on `DATA_DIR/lock`, held while the descriptor is open: the kernel gives it back whichever way
 * the process ends. The file is never deleted, for a lock on a deleted file keeps nobody out.
 */
export class DirectoryLock {
  private holder: Holder;

  private constructor(private readonly fd: number) {
    // Whoever held it before and did not end well is still named in it.
    ftruncateSync(fd, 0);
    this.holder = { pid: process.pid, host: hostname(), started_at: '', control: null };
    this.write();
    // The file system's own time of the first write is when the directory was taken.
    this.holder.started_at = fstatSync(fd).mtime.toISOString();
    this.write();
  }

  /** Takes the lock or throws `DatabaseInUse`. */
  static take(dataDir: string): DirectoryLock {
    makeDataDirectory(dataDir);
    const fd = openSync(pathOf(dataDir), constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      if (!tryLock(fd)) throw new DatabaseInUse(resolve(dataDir), awaitHolder(dataDir));
      return new DirectoryLock(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Tells clients where the control socket of this process listens. */
  announce(control: string | null): void {
    this.holder.control = control;
    this.write();
  }

  /** Gives the directory back; the text goes first, so that nobody reads a holder that is none. */
  release(): void {
    ftruncateSync(this.fd, 0);
    closeSync(this.fd);
  }

  private write(): void {
    const text = Buffer.from(JSON.stringify(this.holder) + '\n');
    writeSync(this.fd, text, 0, text.length, 0);
    ftruncateSync(this.fd, text.length);
    fsyncSync(this.fd);
  }
}
