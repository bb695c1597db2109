import type { Pool, PoolClient } from 'pg';
import { DatabaseUnavailable, named } from './failures.js';

/** Has the work done on a connection of the pool. */
export async function onLease<T>(pool: Pool, work: (lease: Lease) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error);
  });
  const lease = new Lease(client);
  try {
    return await work(lease);
  } finally {
    lease.release();
  }
}

/** A connection taken from the pool: given back once, and not for reuse when it is no longer sound. */
export class Lease {
  private spoiledBy: Error | undefined;
  private released = false;
  // Without a listener a connection that breaks between two statements would end the process.
  private readonly onError = (error: Error) => this.spoil(error);

  constructor(readonly client: PoolClient) {
    client.on('error', this.onError);
  }

  spoil(error: Error): void {
    this.spoiledBy ??= error;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    // The pool listens from here on; a spoilt connection keeps this listener, for what it may still emit.
    if (!this.spoiledBy) this.client.off('error', this.onError);
    this.client.release(this.spoiledBy);
  }

  /** Cuts the connection when the time is up: what has not been committed by then never will be. */
  async within<T>(ms: number, run: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new DatabaseUnavailable(`The transaction was cut after ${ms} ms.`);
        this.spoil(error);
        this.release();
        reject(error);
      }, ms);
    });
    try {
      return await Promise.race([run(), cut]);
    } finally {
      clearTimeout(timer);
    }
  }
}
