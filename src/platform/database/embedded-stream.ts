import { Duplex } from 'node:stream';
import { DatabaseUnavailable } from './failures.js';

/** What a connection needs of the embedded database. */
export interface EmbeddedLine {
  /** Resolves with the number of a new session once the database can take bytes. */
  attach(stream: EmbeddedStream): Promise<number>;
  send(session: number, bytes: Uint8Array): void;
  detach(session: number): void;
}

/** Frames after which the server answers: Query, Sync, Flush, CopyDone, CopyFail. */
const TURNS = new Set([...'QSHcf'].map((letter) => letter.charCodeAt(0)));
const TERMINATE = 'X'.charCodeAt(0);

/**
 * The socket that the `pg` driver believes to talk to. It hands whole turns to the embedded database, because
 * PGlite runs what it is given to the end and cannot wait in the middle of a batch.
 */
export class EmbeddedStream extends Duplex {
  private session: number | undefined;
  private started = false;
  private pending: Buffer = Buffer.alloc(0);

  constructor(private readonly line: EmbeddedLine) {
    super();
  }

  /** Called by the driver in place of a socket's `connect`. */
  connect(): this {
    this.line.attach(this).then(
      (session) => {
        if (this.destroyed) return this.line.detach(session);
        this.session = session;
        this.emit('connect');
      },
      (error: unknown) => this.destroy(new DatabaseUnavailable('It cannot be opened.', { cause: error })),
    );
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.gather(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.gather(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _read(): void {
    // The worker pushes; the driver reads all of it.
  }

  override _final(done: () => void): void {
    this.leave();
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.leave();
    done(error);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  private leave(): void {
    if (this.session !== undefined) this.line.detach(this.session);
    this.session = undefined;
  }

  private gather(chunk: Buffer): void {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const end = this.endOfLastTurn();
    if (end === 0 || this.session === undefined) return;
    // A copy: the driver's buffer is a pool's, and what is posted is transferred.
    this.line.send(this.session, new Uint8Array(this.pending.subarray(0, end)));
    this.pending = this.pending.subarray(end);
  }

  private endOfLastTurn(): number {
    let end = 0;
    let offset = 0;
    for (;;) {
      // The first message of a connection, the startup message, has no type byte.
      const lead = this.started ? 1 : 0;
      if (this.pending.length < offset + lead + 4) return end;
      const next = offset + lead + this.pending.readInt32BE(offset + lead);
      if (this.pending.length < next) return end;
      const type = this.started ? this.pending[offset]! : undefined;
      if (type === TERMINATE) return end;
      this.started = true;
      if (type === undefined || TURNS.has(type)) end = next;
      offset = next;
    }
  }
}
