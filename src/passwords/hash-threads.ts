import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Options } from '@node-rs/argon2';
import type { HashAnswer, HashJob } from './hash-messages.js';

/**
 * Threads of their own for argon2id, of lower priority than the event loop's: a flood of sign-ins takes from each other's
 * time, and not from that of requests that only show a token. Each is made when there is work for it and none is idle; how
 * many there are, `PasswordQueue` bounds, by whose turns alone hashes are asked for.
 */
@Injectable()
export class HashThreads implements OnApplicationShutdown {
  private readonly threads = new Set<HashThread>();
  private closed = false;

  hash(password: string, options: Options): Promise<string> {
    return this.run({ kind: 'hash', password, options }) as Promise<string>;
  }

  verify(hashed: string, password: string): Promise<boolean> {
    return this.run({ kind: 'verify', hashed, password }) as Promise<boolean>;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.threads].map((thread) => thread.end()));
  }

  private run(job: HashJob): Promise<string | boolean> {
    if (this.closed) return Promise.reject(new Error('The service is stopping.'));
    const idle = [...this.threads].find((thread) => thread.isIdle);
    return (idle ?? this.another()).run(job);
  }

  private another(): HashThread {
    const thread: HashThread = new HashThread(() => void this.threads.delete(thread));
    this.threads.add(thread);
    return thread;
  }
}

interface Waiting {
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

class HashThread {
  private readonly worker = new Worker(new URL('./hash.worker.js', import.meta.url));
  private waiting: Waiting | undefined;

  /** @param onEnd nothing more is to be asked of it */
  constructor(private readonly onEnd: () => void) {
    this.worker.unref();
    this.worker.on('message', (answer: HashAnswer) => this.settle(answer));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (code) =>
      this.fail(new Error(`A thread that hashes passwords ended with ${code}.`)),
    );
  }

  get isIdle(): boolean {
    return this.waiting === undefined;
  }

  run(job: HashJob): Promise<string | boolean> {
    // The process does not end before what somebody waits for.
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(answer: HashAnswer): void {
    const asked = this.waiting;
    this.waiting = undefined;
    this.worker.unref();
    if (answer.error) asked?.reject(answer.error);
    else asked?.resolve(answer.value);
  }

  /** A thread that failed ends a moment later: what is asked from now on goes to another. */
  private fail(error: Error): void {
    this.onEnd();
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
