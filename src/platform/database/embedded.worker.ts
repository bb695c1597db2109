import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { mendFsync, START_PARAMS, wordsOf, writeDurably } from './embedded-files.js';
import type { FromWorker, ToWorker } from './embedded-messages.js';

/*
 * The thread PostgreSQL runs in: it blocks for as long as a statement takes, which the service's own thread
 * must not. It speaks the wire protocol in turns: bytes up to a Query or Sync in, all of the answer out.
 */

const port = parentPort!;
const { directory } = workerData as { directory: string };

/** PostgreSQL's longjmp out of a failed statement: the one exception that is not the end. */
const LONGJMP_STATUS = 100;
/** Answers are sent on in pieces of about this size, so that a big one is not held twice. */
const PIECE_BYTES = 256 * 1024;

/** How often checkpoints are made, as PostgreSQL's own `checkpoint_timeout`. */
const CHECKPOINT_INTERVAL_MS = 5 * 60 * 1000;
const ROUNDS_PER_VACUUM = 12;

const lastWords: string[] = [];

function tell(message: FromWorker): void {
  const transfer: ArrayBuffer[] = message.kind === 'data' ? [message.bytes.buffer as ArrayBuffer] : [];
  port.postMessage(message, transfer);
}

/** Ends the thread; the next one to open the directory recovers from the write-ahead log. */
function fail(error: unknown): never {
  const words = [wordsOf(error), ...lastWords];
  tell({ kind: 'failed', reason: words.join(' | ') });
  process.exit(1);
}

async function open(): Promise<PGlite> {
  return PGlite.create({
    dataDir: directory,
    startParams: START_PARAMS,
    onStderr: (line) => {
      lastWords.push(line);
      if (lastWords.length > 5) lastWords.shift();
      return false; // not to be printed
    },
  });
}

/** PGlite goes on after a trap or a PANIC as after a failed statement; what is in memory is garbage by then. */
function endOnTrap(database: PGlite): void {
  const module = database.Module as unknown as { _PostgresMainLoopOnce(): void };
  const step = module._PostgresMainLoopOnce.bind(module);
  module._PostgresMainLoopOnce = () => {
    try {
      step();
    } catch (error) {
      if ((error as { status?: unknown }).status !== LONGJMP_STATUS) fail(error);
      throw error;
    }
  };
}

async function run(database: PGlite, session: number, bytes: Uint8Array): Promise<void> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const flush = () => {
    if (held > 0) tell({ kind: 'data', session, bytes: new Uint8Array(Buffer.concat(pieces)) });
    pieces = [];
    held = 0;
  };
  await database.execProtocolRawStream(bytes, {
    syncToFs: false,
    onRawData: (piece) => {
      pieces.push(piece.slice()); // a view into WebAssembly's memory, overwritten by what follows
      held += piece.length;
      if (held >= PIECE_BYTES) flush();
    },
  });
  flush();
  tell({ kind: 'done', session });
}

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(sql + '\0');
  const frame = Buffer.alloc(5 + text.length);
  frame.write('Q');
  frame.writeInt32BE(4 + text.length, 1);
  text.copy(frame, 5);
  return new Uint8Array(frame);
}

async function ask(database: PGlite, message: string | Uint8Array): Promise<void> {
  const bytes = typeof message === 'string' ? simpleQuery(message) : message;
  await database.execProtocolRawStream(bytes, { syncToFs: false, onRawData: () => undefined });
}

const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);

/** There is one backend for every connection that comes and goes: none may find what another left. */
async function reset(database: PGlite): Promise<void> {
  for (const message of [SYNC, 'ROLLBACK', 'DISCARD ALL']) await ask(database, message);
}

/**
 * What a server's checkpointer and autovacuum do, and a PostgreSQL without processes never does: without it
 * the write-ahead log and the dead versions of rows grow for as long as the service runs.
 */
function housekeeping(database: PGlite, fsyncs: () => number): () => Promise<void> {
  let seen = 0;
  let rounds = 0;
  return async () => {
    if (fsyncs() === seen || database.isInTransaction()) return;
    rounds += 1;
    await ask(database, 'CHECKPOINT');
    if (rounds % ROUNDS_PER_VACUUM === 0) await ask(database, 'VACUUM (ANALYZE)');
    seen = fsyncs();
  };
}

/**
 * Between two turns the files and the write-ahead log hold every committed transaction: with nothing written
 * meanwhile, a copy of them opens as after a crash. The checkpoint leaves it little to recover.
 */
async function backUp(database: PGlite, path: string): Promise<void> {
  try {
    if (!database.isInTransaction()) await ask(database, 'CHECKPOINT');
    const archive = await database.dumpDataDir('gzip');
    writeDurably(path, Buffer.from(await archive.arrayBuffer()));
    tell({ kind: 'backed-up', path });
  } catch (error) {
    tell({ kind: 'backed-up', path, error: wordsOf(error) });
  }
}

async function serve(): Promise<void> {
  const database = await open();
  const fsyncs = mendFsync(database, fail);
  endOnTrap(database);
  const handle = async (message: ToWorker): Promise<void> => {
    if (message.kind === 'run') return run(database, message.session, message.bytes);
    if (message.kind === 'end') return reset(database);
    if (message.kind === 'back-up') return backUp(database, message.path);
    if (message.kind === 'count-fsyncs') return tell({ kind: 'fsyncs', count: fsyncs() });
    clearInterval(timer);
    await tidy(); // so that the next start has nothing to recover
    await database.close();
    port.close();
  };
  const tidy = housekeeping(database, fsyncs);
  let last = Promise.resolve();
  const queue = (step: () => Promise<void>) => {
    last = last.then(step).catch(fail);
  };
  const timer = setInterval(() => queue(tidy), CHECKPOINT_INTERVAL_MS);
  port.on('message', (message: ToWorker) => queue(() => handle(message)));
  tell({ kind: 'ready' });
}

await serve().catch(fail);
