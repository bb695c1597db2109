import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

const LIMIT_MS = 10_000;

/** A socket to the service, over which a test says exactly the bytes that it means. */
export class RawConnection {
  received = '';
  private closedAt: number | undefined;
  private readonly openedAt = performance.now();
  private readonly socket: Socket;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.socket = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1')); // an IPv6 address of a URL
    this.socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closedAt = performance.now()));
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** Sends no more: the service may answer still. */
  finish(): this {
    this.socket.end();
    return this;
  }

  get closed(): boolean {
    return this.closedAt !== undefined;
  }

  /** The status of every answer so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  /** Waits until so many answers have come. */
  async answers(count: number): Promise<this> {
    await this.until(() => this.statuses.length >= count, `${count} answers`);
    return this;
  }

  /** Waits until the service has hung up, and answers after how many milliseconds. */
  async hungUp(): Promise<number> {
    await this.until(() => this.closed, 'the end of the connection');
    return this.closedAt! - this.openedAt;
  }

  close(): void {
    this.socket.destroy();
  }

  private async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + LIMIT_MS;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`Waited in vain for ${what}. Received:\n${this.received}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
