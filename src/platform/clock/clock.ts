import { Injectable } from '@nestjs/common';

/** The only source of the current time, so that a test can stop it. */
@Injectable()
export class Clock {
  /** The current time as a `Date`. */
  now(): Date {
    return new Date(this.millis());
  }

  /** Milliseconds since the epoch: the one method that a frozen clock overrides. */
  millis(): number {
    return Date.now();
  }

  /** Whole seconds since the epoch, rounded down as JWT's NumericDate is compared (RFC 7519 §2). */
  seconds(): number {
    return Math.floor(this.millis() / 1000);
  }
}
