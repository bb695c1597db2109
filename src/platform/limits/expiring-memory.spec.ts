import { describe, expect, it } from '@jest/globals';
import { Clock } from '../clock/index.js';
import { ExpiringMemory } from './expiring-memory.js';

function memory(most = 3) {
  const clock = new Clock();
  let now = 1_763_859_723_456;
  clock.millis = () => now;
  return {
    memory: new ExpiringMemory(clock, 60, most),
    advance: (seconds: number) => (now += seconds * 1000),
  };
}

describe('an expiring memory', () => {
  it('forgets after its time, counted from the last time it was told', () => {
    const { memory: seen, advance } = memory();
    seen.add('k');
    advance(30);
    seen.add('k');
    advance(59.999);
    expect(seen.has('k')).toBe(true);
    advance(0.001);
    expect(seen.has('k')).toBe(false);
  });

  it('is bounded: what was told longest ago goes first', () => {
    const { memory: seen } = memory();
    for (const key of ['a', 'b', 'c', 'a', 'd']) seen.add(key);
    expect(['a', 'b', 'c', 'd'].filter((key) => seen.has(key))).toEqual(['a', 'c', 'd']);
  });
});
