import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between the service and its server; can be cut and mended, stalled and let flow. */
export class Line {
  private readonly sockets = new Set<Socket>();
  private readonly listener = createServer((near) => {
    const far = connect(Number(this.target.port || 5432), this.target.hostname);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    this.watch(near, far);
  });
  private port = 0;
  private loss: { readonly statement: string; readonly committed: boolean } | undefined;

  constructor(private readonly target: URL) {}

  async mend(): Promise<string> {
    this.listener.listen(this.port, '127.0.0.1');
    await once(this.listener, 'listening');
    this.port = (this.listener.address() as AddressInfo).port;
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Nothing passes, and nothing is told: as where a cable is pulled. */
  stall(): void {
    for (const socket of this.sockets) socket.pause();
  }

  /** What waited passes. */
  flow(): void {
    for (const socket of this.sockets) socket.resume();
  }

  /**
   * The next transaction with such a statement loses its connection at its COMMIT: before the server has it, or after,
   * and then only the answer is lost.
   */
  loseCommitAfter(statement: string, { committed }: { committed: boolean }): void {
    this.loss = { statement, committed };
  }

  /** Whether that has happened. */
  get lost(): boolean {
    return this.loss === undefined;
  }

  private watch(near: Socket, far: Socket): void {
    let wrote = false;
    near.prependListener('data', (piece: Buffer) => {
      const { loss } = this;
      if (!loss) return;
      const text = piece.toString('latin1');
      wrote = text.includes('BEGIN') ? false : wrote || text.includes(loss.statement);
      if (!wrote || !text.includes('COMMIT')) return;
      this.loss = undefined;
      near.unpipe(far);
      if (!loss.committed) far.destroy();
      else {
        far.unpipe(near);
        far.end(piece); // the server reads to the end before it goes
      }
      near.destroy();
    });
  }

  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
