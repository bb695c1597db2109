import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Options } from '@node-rs/argon2';
import type { HashAnswer, HashJob } from './hash-messages.js';

/**
 * Threads of their own for argon2id, of lower priority than the event loop's: a flood of sign-ins takes from each other's
 * time, and not from that of requests that only show a token. Each is made when there is work for it and none is idle.
 */
@Injectable()
export class HashThreads implements OnApplicationShutdown {
  private readonly threads: HashThread[] = [];
  private closed = false;

  hash(password: string, options: Options): Promise<string> {
    return this.run({ kind: 'hash', password, options }) as Promise<string>;
  }

  verify(hashed: string, password: string): Promise<boolean> {
    return this.run({ kind: 'verify', hashed, password }) as Promise<boolean>;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map((thread) => thread.end()));
  }

  private run(job: HashJob): Promise<string | boolean> {
    if (this.closed) return Promise.reject(new Error('The service is stopping.'));
    return (this.threads.find((thread) => thread.isIdle) ?? this.another()).run(job);
  }

  private another(): HashThread {
    const thread = new HashThread(() => void this.threads.splice(this.threads.indexOf(thread), 1));
    this.threads.push(thread);
    return thread;
  }
}

interface Waiting {
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

class HashThread {
  private readonly worker = new Worker(new URL('./hash.worker.js', import.meta.url));
  private readonly waiting: Waiting[] = [];

  constructor(onEnd: () => void) {
    this.worker.unref();
    this.worker.on('message', (answer: HashAnswer) => this.settle(answer));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (code) => {
      onEnd();
      this.fail(new Error(`A thread that hashes passwords ended with ${code}.`));
    });
  }

  get isIdle(): boolean {
    return this.waiting.length === 0;
  }

  run(job: HashJob): Promise<string | boolean> {
    // The process does not end before what somebody waits for.
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(answer: HashAnswer): void {
    const { resolve, reject } = this.waiting.shift()!;
    if (this.isIdle) this.worker.unref();
    if (answer.error) reject(answer.error);
    else resolve(answer.value);
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
