import { afterEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../clock/index.js';
import type { Configuration } from '../config/index.js';
import { EventLoop } from './event-loop.js';
import { Lateness } from './lateness.js';

describe('lateness', () => {
  const measured = (...delays: number[]): boolean[] => {
    const lateness = new Lateness(100);
    return delays.map((delay) => {
      lateness.measure(delay);
      return lateness.isLate;
    });
  };
  const times = (count: number, delay: number) => Array.from({ length: count }, () => delay);

  it('is neither one pause for garbage, nor a night that the machine slept, nor the start of both', () => {
    const pauses = [3000, ...times(5, 1), 28_800_000, 400, 400, 1, 400, 400, 400, 99];
    expect(measured(...pauses)).toEqual(pauses.map(() => false));
  });

  it('is four measures over the limit in a row', () => {
    expect(measured(101, 101, 101, 101)).toEqual([false, false, false, true]);
    expect(measured(...times(20, 100)).at(-1)).toBe(false);
  });

  it('flapping: ends after ten measures in a row well below the limit, and not by one breath', () => {
    const late = times(4, 500);
    expect(measured(...late, ...times(9, 10), 60, ...times(9, 49), 101, ...times(9, 0)).at(-1)).toBe(true);
    expect(measured(...late, ...times(10, 49)).at(-1)).toBe(false);
    expect(measured(...late, ...times(100, 50)).at(-1)).toBe(true);
  });
});

describe('the event loop', () => {
  let loop: EventLoop | undefined;
  afterEach(() => loop?.beforeApplicationShutdown());

  const started = (eventLoopDelayLimitMs: number): EventLoop => {
    loop = new EventLoop({ eventLoopDelayLimitMs } as Configuration, new Clock());
    loop.start();
    return loop;
  };
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const block = (milliseconds: number) =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

  /** Blocks it again and again: each time for longer than period and limit together. */
  async function blockFor(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      block(110);
      await pause(0);
    }
  }

  it('that is blocked again and again is late, and is not once it has been well for a while', async () => {
    const blocked = started(40);
    await blockFor(8);
    expect(blocked.isLate).toBe(true);
    expect(blocked.delayMs).toBeGreaterThan(40);
    for (let waited = 0; blocked.isLate && waited < 100; waited++) await pause(100);
    expect(blocked.isLate).toBe(false);
  });

  it('is never late where the limit is 0', async () => {
    const blocked = started(0);
    await blockFor(8);
    expect(blocked.isLate).toBe(false);
    expect(blocked.delayMs).toBeGreaterThan(40);
  });
});
