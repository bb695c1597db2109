import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Clock } from '../clock/index.js';
import { MemoryRateLimits } from './memory-rate-limits.js';
import { NoRateLimits, type Limit, type Reservation } from './rate-limits.js';

class MovedClock extends Clock {
  private time = 1_763_859_723_456;

  override millis(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}

const THREE: Limit = { name: 'three', max: 3, windowSeconds: 60 };
const FIVE: Limit = { name: 'five', max: 5, windowSeconds: 600 };

function store(mostTries?: number) {
  const clock = new MovedClock();
  const limits = new MemoryRateLimits(clock, mostTries);
  const attempt = (key: string, ...more: Limit[]) =>
    limits.reserve([THREE, ...more].map((limit) => ({ limit, key })));
  const granted = async (key: string, ...more: Limit[]) => (await attempt(key, ...more)).granted;
  const times = async (count: number, key: string) => {
    for (let n = 0; n < count; n += 1) await attempt(key);
  };
  return { clock, limits, attempt, granted, times };
}

describe('a limit', () => {
  it('lets its number through and no more, and tells when the oldest leaves the window', async () => {
    const { clock, attempt, times } = store();
    await times(1, 'k');
    clock.advance(10);
    await times(2, 'k');
    clock.advance(5.5);
    expect(await attempt('k')).toMatchObject({ granted: false, exceeded: [THREE], retryAfterSeconds: 45 });
    expect((await attempt('another')).granted).toBe(true);
  });

  it('tells whether it is reached, as a try would be told, and counts nothing by that', async () => {
    const { clock, limits, times, granted } = store();
    const reached = () => limits.reached([{ limit: THREE, key: 'k' }]);
    await times(2, 'k');
    for (let n = 0; n < 10; n += 1) expect(reached()).toBeUndefined();
    clock.advance(10);
    expect(await granted('k')).toBe(true);
    expect(reached()).toEqual({ granted: false, exceeded: [THREE], retryAfterSeconds: 50 });
    expect(limits.held).toBe(3);
    clock.advance(50);
    expect(reached()).toBeUndefined();
  });

  it('is right to the millisecond: refused before the window ends, granted when it does', async () => {
    const { clock, attempt, granted, times } = store();
    await times(3, 'k');
    clock.advance(59.999);
    expect(await attempt('k')).toMatchObject({ granted: false, retryAfterSeconds: 1 });
    clock.advance(0.001);
    expect(await granted('k')).toBe(true);
  });

  it('holds for every stretch of time: a burst across the edge of two windows gets no double share', async () => {
    const { clock, granted, times } = store();
    await times(1, 'k');
    clock.advance(59);
    await times(2, 'k');
    clock.advance(1);
    expect(await granted('k')).toBe(true);
    expect(await granted('k')).toBe(false);
    clock.advance(58);
    expect(await granted('k')).toBe(false);
    clock.advance(1);
    expect(await granted('k')).toBe(true);
  });

  it('lets of many at the same moment no more through than its number', async () => {
    const { granted } = store();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => granted('k')));
    expect(outcomes.filter(Boolean)).toHaveLength(3);
  });

  it('counts nothing where it refuses', async () => {
    const { clock, limits, granted, times } = store();
    await times(3, 'k');
    clock.advance(30);
    await times(20, 'k');
    expect(limits.held).toBe(3);
    clock.advance(30);
    expect(await granted('k')).toBe(true);
  });
});

describe('several limits at once', () => {
  it('refuse together, counting against none of them, by the longest wait', async () => {
    const { limits, clock, attempt, granted } = store();
    for (let n = 0; n < 5; n += 1) await limits.reserve([{ limit: FIVE, key: 'k' }]);
    expect(await attempt('k', FIVE)).toMatchObject({ exceeded: [FIVE], retryAfterSeconds: 600 });
    for (let n = 0; n < 3; n += 1) expect(await granted('k')).toBe(true);
    clock.advance(30);
    expect(await attempt('k', FIVE)).toMatchObject({ exceeded: [THREE, FIVE], retryAfterSeconds: 570 });
  });

  it('keep keys of the same name apart', async () => {
    const { limits, granted, times } = store();
    await times(3, 'k');
    expect((await limits.reserve([{ limit: FIVE, key: 'k' }])).granted).toBe(true);
    expect(await granted('k')).toBe(false);
  });
});

describe('a try that is given back', () => {
  it('is as though it had not been made, and is given back only once', async () => {
    const { limits, attempt, granted, times } = store();
    await times(2, 'k');
    const third = (await attempt('k')) as Reservation;
    expect(await granted('k')).toBe(false);
    await third.giveBack();
    await third.giveBack();
    expect(limits.held).toBe(2);
    expect(await granted('k')).toBe(true);
    expect(await granted('k')).toBe(false);
  });

  it('leaves nothing behind where it was the only one', async () => {
    const { limits, attempt } = store();
    await ((await attempt('k', FIVE)) as Reservation).giveBack();
    expect(limits.held).toBe(0);
  });

  it('takes away no try of a key that was forgotten meanwhile, and begun anew', async () => {
    const { limits, attempt, granted, times } = store(4);
    const old = (await attempt('k')) as Reservation;
    await times(3, 'x');
    await times(1, 'y');
    await times(3, 'k');
    expect(limits.held).toBe(3);
    await old.giveBack();
    expect(limits.held).toBe(3);
    expect(await granted('k')).toBe(false);
  });

  it('leaves its key no longer among those that are forgotten last', async () => {
    const { attempt, granted, times } = store(6);
    await times(2, 'k');
    await ((await attempt('k')) as Reservation).giveBack();
    await times(3, 'x');
    await times(1, 'a');
    await times(1, 'b');
    expect(await granted('x')).toBe(false);
    for (let n = 0; n < 3; n += 1) expect(await granted('k')).toBe(true);
  });

  it('takes away no other try when it has expired meanwhile', async () => {
    const { clock, limits, attempt, times } = store(4);
    const old = (await attempt('k')) as Reservation;
    clock.advance(60);
    await times(3, 'k');
    await old.giveBack();
    expect(limits.held).toBe(3);
    expect((await attempt('k')).granted).toBe(false);
  });
});

describe('a full memory', () => {
  it('stays bounded under a flood of distinct keys', async () => {
    const { limits, attempt } = store(1000);
    for (let n = 0; n < 20_000; n += 1) await attempt(`k${n}`, FIVE);
    expect(limits.held).toBe(1000);
  });

  it('costs a flood of distinct keys no walk over the memory', async () => {
    const { attempt } = store(100);
    for (let n = 0; n < 100; n += 1) await attempt(`k${n}`);
    const names = ['keys', 'values', 'entries', 'forEach'] as const;
    const walks = names.map((name) => jest.spyOn(Map.prototype, name));
    for (let n = 100; n < 200; n += 1) await attempt(`k${n}`);
    const walked = walks.flatMap(({ mock }) =>
      (mock.contexts as Map<unknown, unknown>[]).map(({ size }) => size),
    );
    jest.restoreAllMocks();
    // The limits, of which there is one here; never their keys.
    expect(new Set(walked)).toEqual(new Set([1]));
  });

  it('frees no key that is refused: those at their limit are forgotten last', async () => {
    const { granted, times, attempt } = store(100);
    await times(3, 'victim');
    for (let n = 0; n < 5000; n += 1) await attempt(`flood${n}`);
    expect(await granted('victim')).toBe(false);
  });

  it('forgets nothing of one limit for a flood of another, below it or at it', async () => {
    const { limits, granted, times } = store(100);
    await times(2, 'below');
    await times(3, 'refused');
    for (let n = 0; n < 2000; n += 1) await limits.reserve([{ limit: FIVE, key: `flood${n}` }]);
    for (let n = 0; n < 200; n += 1) await limits.reserve([{ limit: FIVE, key: `full${n % 40}` }]);
    expect(limits.held).toBeLessThanOrEqual(100);
    expect(await granted('refused')).toBe(false);
    expect([await granted('below'), await granted('below')]).toEqual([true, false]);
  });

  it('forgets what has expired before anything else', async () => {
    const { clock, limits, attempt, granted, times } = store(10);
    await times(3, 'expired');
    clock.advance(60);
    await times(2, 'below');
    await times(3, 'refused');
    for (const key of ['a', 'b', 'c']) await attempt(key);
    expect(limits.held).toBe(8);
    expect(await granted('below')).toBe(true);
    expect(await granted('below')).toBe(false);
  });

  it('forgets the oldest below their limit first', async () => {
    const { granted, times } = store(9);
    await times(2, 'oldest');
    await times(2, 'older');
    await times(2, 'old');
    // Whoever tries again is the latest.
    await times(1, 'oldest');
    await times(3, 'new');
    expect(await granted('oldest')).toBe(false);
    expect(await granted('old')).toBe(true);
    expect(await granted('old')).toBe(false);
  });

  it('forgets in the order of a plain list, whatever comes', async () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 10, maxLength: 60 });
    const check = async (tried: readonly string[]) => {
      const { limits, granted } = store(8);
      let list: { key: string; count: number }[] = [];
      const held = () => list.reduce((sum, { count }) => sum + count, 0);
      for (const key of tried) {
        const before = list.find((one) => one.key === key)?.count ?? 0;
        expect(await granted(key)).toBe(before < 3);
        if (before === 3) continue;
        list = list.filter((one) => one.key !== key);
        while (held() + before + 1 > 8 && list.length > 0) {
          const first = list.find(({ count }) => count < 3) ?? list[0];
          list = list.filter((one) => one !== first);
        }
        list.push({ key, count: before + 1 });
        expect(limits.held).toBe(held());
      }
    };
    await fc.assert(fc.asyncProperty(keys, check), { numRuns: 200 });
  });

  it('does not forget a key by its own next try', async () => {
    const { limits, granted, times } = store(5);
    await times(3, 'refused');
    await times(2, 'the only one below');
    await times(1, 'the only one below');
    expect(await granted('the only one below')).toBe(false);
    expect(limits.held).toBe(3);
  });

  it('goes on where nothing is left to forget but the key that tries', async () => {
    const { limits, granted, times } = store(2);
    await times(2, 'k');
    expect(await granted('k')).toBe(true);
    expect(limits.held).toBe(3);
  });

  it('counts newcomers even where all that it holds is at its limit', async () => {
    const { granted, times } = store(9);
    for (const key of ['a', 'b', 'c']) await times(3, key);
    await times(3, 'newcomer');
    expect(await granted('newcomer')).toBe(false);
    expect(await granted('c')).toBe(false);
  });
});

it('grants everything where limits are off', async () => {
  const limits = new NoRateLimits();
  for (let n = 0; n < 10; n += 1) {
    const { granted, giveBack } = await limits.reserve();
    expect(granted).toBe(true);
    expect(limits.reached()).toBeUndefined();
    await giveBack();
  }
});
