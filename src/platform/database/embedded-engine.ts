import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { UNOPTIMIZED } from './embedded-v8.js';
import type { FromWorker, ToWorker } from './embedded-messages.js';
import { EmbeddedStream, type EmbeddedLine } from './embedded-stream.js';
import { DatabaseRefused, DatabaseUnavailable } from './failures.js';

/**
 * PGlite cannot interrupt a statement: one that has not ended by then is cut by ending its thread, of which
 * the database recovers as from a crash. Well above the cut of a transaction, which ends politely.
 */
const TURN_LIMIT_MS = 20_000;
/** How long a shutdown checkpoint may take; the write-ahead log has everything, should it take longer. */
const STOP_LIMIT_MS = 10_000;

type Answer<K> = Extract<FromWorker, { kind: K }>;

interface Running {
  worker: Worker;
  /** Turns handed to the thread and not answered yet. */
  turns: number;
  watchdog: NodeJS.Timeout | undefined;
  lastWords: string;
}

/**
 * The thread with PostgreSQL in it, seen from the service's side: opened on the first connection, and again
 * on the next one after it ended by itself.
 */
export class EmbeddedEngine implements EmbeddedLine {
  private readonly logger = new Logger('EmbeddedDatabase');
  private readonly streams = new Map<number, EmbeddedStream>();
  private running: Promise<Running> | undefined;
  private live: Running | undefined;
  private sessions = 0;
  private stopped = false;
  private watched = true;

  constructor(private readonly directory: string) {}

  /** For `pg`: what it takes for its socket. */
  openStream(): EmbeddedStream {
    return new EmbeddedStream(this);
  }

  /** Runs the work without the limit of a turn: a migration may take its time. */
  async unhurried<T>(work: () => Promise<T>): Promise<T> {
    this.watched = false;
    try {
      return await work();
    } finally {
      this.watched = true;
    }
  }

  /** Opens the database ahead of the first connection. */
  async ready(): Promise<void> {
    await this.open();
  }

  async attach(stream: EmbeddedStream): Promise<number> {
    await this.open();
    const session = ++this.sessions;
    this.streams.set(session, stream);
    return session;
  }

  send(session: number, bytes: Uint8Array): void {
    const running = this.live;
    if (!running) return;
    running.turns += 1;
    this.watch(running);
    this.post(running, { kind: 'run', session, bytes });
  }

  detach(session: number): void {
    if (!this.streams.delete(session) || !this.live) return;
    this.post(this.live, { kind: 'end', session });
  }

  /** How often the disk was asked to make writes durable, since the thread started. */
  async fsyncs(): Promise<number> {
    return (await this.request({ kind: 'count-fsyncs' }, 'fsyncs')).count;
  }

  /** Writes all that is committed to a new file, from which `make` can make a database. */
  async backUp(path: string): Promise<void> {
    const { error } = await this.request(
      { kind: 'back-up', path },
      'backed-up',
      (answer) => answer.path === path,
    );
    if (error !== undefined) throw new DatabaseRefused(`The backup ${path} was not written: ${error}.`);
  }

  /** Closes the database and ends the thread; it does not open again. */
  async stop(): Promise<void> {
    this.stopped = true;
    const running = await this.running?.catch(() => undefined);
    if (!running || running !== this.live) return;
    const exited = once(running.worker, 'exit');
    const timer = setTimeout(() => void running.worker.terminate(), STOP_LIMIT_MS);
    this.post(running, { kind: 'stop' });
    await exited;
    clearTimeout(timer);
  }

  /** Sends a message and waits for the answer to it: the thread answers in order. */
  private async request<K extends FromWorker['kind']>(
    message: ToWorker,
    answer: K,
    matches: (heard: Answer<K>) => boolean = () => true,
  ): Promise<Answer<K>> {
    const running = await this.open();
    return new Promise((resolve, reject) => {
      const gone = () => reject(new DatabaseUnavailable('The embedded database ended.'));
      const listen = (heard: FromWorker) => {
        if (heard.kind !== answer || !matches(heard as Answer<K>)) return;
        running.worker.off('message', listen).off('exit', gone);
        resolve(heard as Answer<K>);
      };
      running.worker.on('message', listen).once('exit', gone);
      this.post(running, message);
    });
  }

  private open(): Promise<Running> {
    if (this.stopped) return Promise.reject(new DatabaseUnavailable('The embedded database was closed.'));
    this.running ??= this.start().catch((error: unknown) => {
      this.running = undefined;
      throw error;
    });
    return this.running;
  }

  private async start(): Promise<Running> {
    const worker = await startWorker(this.directory);
    const running: Running = { worker, turns: 0, watchdog: undefined, lastWords: '' };
    this.live = running;
    worker.on('message', (message: FromWorker) => this.hear(running, message));
    worker.on('error', (error) => (running.lastWords = error.message));
    worker.on('exit', () => this.lose(running));
    return running;
  }

  private hear(running: Running, message: FromWorker): void {
    if (message.kind === 'failed') running.lastWords = message.reason;
    if (message.kind === 'data') {
      const { buffer, byteOffset, byteLength } = message.bytes;
      this.streams.get(message.session)?.push(Buffer.from(buffer, byteOffset, byteLength));
    }
    if (message.kind === 'done') {
      running.turns -= 1;
      this.watch(running);
    }
  }

  private lose(running: Running): void {
    clearTimeout(running.watchdog);
    this.live = undefined;
    this.running = undefined;
    if (this.stopped && running.lastWords === '') return;
    this.logger.error(`The embedded database ended (${running.lastWords}); the next use opens it again.`);
    const error = new DatabaseUnavailable('The embedded database ended.');
    for (const stream of this.streams.values()) stream.destroy(error);
    this.streams.clear();
  }

  private watch(running: Running): void {
    clearTimeout(running.watchdog);
    if (running.turns === 0 || !this.watched) return;
    const giveUp = () => {
      running.lastWords = `a statement took longer than ${TURN_LIMIT_MS} ms`;
      void running.worker.terminate();
    };
    // In two steps: where this thread was held up itself, the answer is waiting to be heard.
    running.watchdog = setTimeout(() => {
      running.watchdog = setTimeout(giveUp, 1_000);
    }, TURN_LIMIT_MS);
  }

  private post(running: Running, message: ToWorker): void {
    const transfer = message.kind === 'run' ? [message.bytes.buffer as ArrayBuffer] : [];
    running.worker.postMessage(message, transfer);
  }
}

/** Starts the thread; resolves when it says that the database is open. */
async function startWorker(directory: string): Promise<Worker> {
  for (const flag of UNOPTIMIZED) setFlagsFromString(flag);
  const worker = new Worker(new URL('./embedded.worker.js', import.meta.url), { workerData: { directory } });
  let reason = 'its thread ended without a word';
  await new Promise<void>((resolve, reject) => {
    worker.once('error', (error) => (reason = error.message));
    worker.once('exit', () =>
      reject(
        new DatabaseUnavailable(
          `The embedded database in ${directory} did not open: ${reason}. If it is damaged, ` +
            'restore a backup with db:restore into another DATA_DIR.',
        ),
      ),
    );
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'failed') reason = message.reason;
      else resolve();
    });
  });
  return worker;
}
