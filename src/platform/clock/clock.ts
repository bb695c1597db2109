import { Injectable } from '@nestjs/common';

/** The only source of the current time, so that a test can stop it. */
@Injectable()
export class Clock {
  /** The current time as a `Date`. */
  now(): Date {
    return new Date(this.millis());
  }

  /** Milliseconds since the epoch: with the next, what a frozen clock overrides. */
  millis(): number {
    return Date.now();
  }

  /** Milliseconds that only ever grow, for measuring how long something takes: setting the time changes nothing. */
  monotonicMillis(): number {
    return performance.now();
  }

  /** Whole seconds since the epoch, rounded down as JWT's NumericDate is compared (RFC 7519 §2). */
  seconds(): number {
    return Math.floor(this.millis() / 1000);
  }
}
