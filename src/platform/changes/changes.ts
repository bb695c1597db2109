import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../config/index.js';
import { Timers } from '../timers/index.js';
import { Database } from '../database/index.js';

const INTERVAL_SECONDS = 1;
/** Hints that come faster are read together. */
const HINT_PAUSE_MS = 10;

/** How a module learns what other nodes changed. Each may run again and again, and reads from the database. */
export interface Follower {
  /** As a sentence's subject, for the log. */
  readonly name: string;
  /** Everything since the last good read, and some overlap: each second. */
  readonly read: () => Promise<void>;
  /** The newest only: as soon as a hint comes. What it misses, the next `read` finds. */
  readonly glance: () => Promise<void>;
}

/**
 * Lets every node know within a second what others changed, and mostly at once. The table is the message; a hint
 * only says that it is time to read. The embedded database has one node, which knows what it did.
 */
@Injectable()
export class Changes implements BeforeApplicationShutdown {
  private readonly followers: Follower[] = [];
  private stopListening: (() => Promise<void>) | undefined;
  private glancing = false;
  private hinted = false;

  constructor(
    private readonly configuration: Configuration,
    private readonly database: Database,
    private readonly timers: Timers,
  ) {}

  follow(follower: Follower): void {
    if (this.configuration.databaseUrl === undefined) return;
    this.followers.push(follower);
    this.timers.every(INTERVAL_SECONDS, follower.name, follower.read);
  }

  /** Listens from now on. */
  start(): void {
    this.stopListening = this.database.listen(() => void this.glance());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stopListening?.();
  }

  private async glance(): Promise<void> {
    this.hinted = true;
    if (this.glancing) return;
    this.glancing = true;
    while (this.hinted) {
      this.hinted = false;
      // One that fails is told by the next read, a second later at most.
      await Promise.allSettled(this.followers.map(({ glance }) => glance()));
      await new Promise((resolve) => setTimeout(resolve, HINT_PAUSE_MS));
    }
    this.glancing = false;
  }
}
