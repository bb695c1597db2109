import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** The part of Emscripten's file system that is mended here. */
interface HostStream {
  nfd?: number;
  node: unknown;
}
interface HostFiles {
  realPath(node: unknown): string;
  stream_ops: { fsync?: (stream: HostStream) => number };
}

/**
 * PGlite starts PostgreSQL without fsync; taking `-F` out turns it on again. `wal_sync_method=fsync`, because
 * the file system beneath knows no fdatasync. 8 MB of buffers hold what this service reads; the default costs
 * 150 MB of resident memory. `max_wal_size` bounds how many finished segments a checkpoint keeps.
 */
export const START_PARAMS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
  '-c',
  'shared_buffers=8MB',
  '-c',
  'max_wal_size=64MB',
];

/**
 * PGlite's file system over the host's has no fsync: PostgreSQL's calls end in nothing, and a power cut takes
 * acknowledged rows. This gives it one. `lost` is called when the disk refuses: what it dropped then is
 * unknown, so nothing may go on as if it were written.
 */
export function mendFsync(database: PGlite, lost: (error: unknown) => void): () => number {
  const files = (database.Module as unknown as { NODEFS: HostFiles }).NODEFS;
  let count = 0;
  files.stream_ops.fsync = (stream) => {
    count += 1;
    try {
      if (stream.nfd === undefined) syncPath(files.realPath(stream.node));
      else fsyncSync(stream.nfd);
    } catch (error) {
      lost(error);
    }
    return 0;
  };
  return () => count;
}

/** Errors of Emscripten's file system bear WASI's numbers, and no words. */
const REFUSALS = new Map([
  [2, 'permission denied'],
  [19, 'disk quota exceeded'],
  [22, 'file too large'],
  [29, 'input/output error'],
  [51, 'no space left on device'],
  [69, 'read-only file system'],
]);

/** What an error of the embedded database says to a person. */
export function wordsOf(error: unknown): string {
  const { errno, message } = (error ?? {}) as { errno?: number; message?: string };
  return REFUSALS.get(errno ?? 0) ?? (message || String(error));
}

/** Makes a directory tree durable, files before the directories that name them. */
export function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(directory);
}

/** Makes one file, or the names in one directory, durable. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a file that only its owner can read: whole and on disk under its name, or not at all. What is there
 * already is not overwritten.
 */
export function writeDurably(path: string, content: Uint8Array): void {
  const draft = `${path}.${process.pid}.part`;
  try {
    writeFileSync(draft, content, { flag: 'wx', mode: 0o600 });
    syncPath(draft);
    // Not every file system that backups are kept on has hard links, which alone would decide a race here.
    if (existsSync(path)) throw new Error('a file of that name is there already');
    renameSync(draft, path);
    syncPath(dirname(path));
  } finally {
    rmSync(draft, { force: true });
  }
}
