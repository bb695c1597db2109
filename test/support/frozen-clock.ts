import { Clock } from '../../src/platform/clock/index.js';

/** Time that stands still until a test moves it. */
export class FrozenClock extends Clock {
  // Off the whole second, so that a rounding in the wrong direction is seen.
  private time = Date.parse('2026-11-23T01:02:03.456Z');

  override millis(): number {
    return this.time;
  }

  override monotonicMillis(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}
