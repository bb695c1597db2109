import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import { Configuration } from '../config/index.js';
import { Lateness } from './lateness.js';

const PERIOD_MS = 50;

/**
 * How late the one thread is on which every request is served. While it stays late by more than
 * `EVENT_LOOP_DELAY_LIMIT`, dear work that strangers ask for is to be refused, so that cheap work is still answered.
 */
@Injectable()
export class EventLoop implements BeforeApplicationShutdown {
  private readonly lateness: Lateness;
  private interval: NodeJS.Timeout | undefined;
  private delay = 0;

  constructor(
    { eventLoopDelayLimitMs }: Configuration,
    private readonly clock: Clock,
  ) {
    this.lateness = new Lateness(eventLoopDelayLimitMs || Infinity);
  }

  /** Measures from now on: a timer that is due is late by what the loop did meanwhile. */
  start(): void {
    let last = this.clock.monotonicMillis();
    this.interval = setInterval(() => {
      const now = this.clock.monotonicMillis();
      this.delay = Math.max(0, now - last - PERIOD_MS);
      last = now;
      this.lateness.measure(this.delay);
    }, PERIOD_MS).unref();
  }

  /** Whether it is late again and again, or was and has not yet been well for a while. */
  get isLate(): boolean {
    return this.lateness.isLate;
  }

  /** The latest measure. */
  get delayMs(): number {
    return this.delay;
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.interval);
  }
}
