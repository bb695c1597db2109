import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Places, type Asker } from './places.js';

/** General places: 24, of which 12 an address; kept ones: 8, of which 2 an address. */
const DEPTH = 32;

const knownAt = (address: string): Asker => ({ address, known: true });
const strangerAt = (address: string): Asker => ({ address, known: false });

/** How many of so many that ask at once are let in. */
function letIn(places: Places, asker: Asker, asking = 100, depth = DEPTH): number {
  return Array.from({ length: asking }, () => places.take(asker, depth)).filter(Boolean).length;
}

describe('places', () => {
  it('one address that signed in lately leaves room for others, strangers and known ones', () => {
    const places = new Places();
    expect(letIn(places, knownAt('greedy'))).toBe(14);
    expect(letIn(places, strangerAt('stranger'))).toBe(12);
    expect(letIn(places, knownAt('honest'))).toBe(2);
  });

  it('one stranger leaves half of the general places to other strangers', () => {
    const places = new Places();
    expect(letIn(places, strangerAt('greedy'))).toBe(12);
    expect(letIn(places, strangerAt('honest'), 5)).toBe(5);
  });

  it('however many strangers there are, known addresses have their quarter', () => {
    const places = new Places();
    for (let n = 0; n < 200; n += 1) places.take(strangerAt(`stranger ${n}`), DEPTH);
    expect(places.inside).toBe(24);
    for (const address of ['a', 'b', 'c', 'd']) expect(letIn(places, knownAt(address))).toBe(2);
    expect(letIn(places, knownAt('e'))).toBe(0);
  });

  it('while only kept places are given out, strangers have none and known addresses no more than those', () => {
    const places = new Places();
    expect(places.take(strangerAt('stranger'), DEPTH, true)).toBeUndefined();
    const known = Array.from({ length: 10 }, () => places.take(knownAt('a'), DEPTH, true));
    expect(known.filter(Boolean)).toHaveLength(2);
    expect(places.take('operator', DEPTH, true)).toBeDefined();
  });

  it('a known address takes general places first, and leaves the kept ones to whoever needs them', () => {
    const places = new Places();
    expect(letIn(places, knownAt('first'), 12)).toBe(12);
    expect(letIn(places, strangerAt('stranger'))).toBe(12);
    for (const address of ['a', 'b', 'c', 'd']) expect(letIn(places, knownAt(address))).toBe(2);
  });

  it('an address that is known by now is still the same address', () => {
    const places = new Places();
    expect(letIn(places, strangerAt('k'))).toBe(12);
    expect(letIn(places, knownAt('k'))).toBe(2);
  });

  it('no address has more than half, however few or many places there are', () => {
    for (let depth = 4; depth <= 100; depth += 1) {
      const most = letIn(new Places(), knownAt('k'), 101, depth);
      expect(most).toBeGreaterThanOrEqual(2);
      expect(most).toBeLessThanOrEqual(depth / 2);
    }
  });

  it('operators are let in without end; while they are inside, others have the kept places at most', () => {
    const places = new Places();
    expect(letIn(places, 'operator', 500)).toBe(500);
    expect(letIn(places, strangerAt('s'), 1)).toBe(0);
    expect(letIn(places, knownAt('k'))).toBe(2);
  });

  it('when hashes get slower and places fewer, strangers inside do not shut out known addresses', () => {
    const places = new Places();
    for (let n = 0; n < 200; n += 1) places.take(strangerAt(`stranger ${n}`), DEPTH);
    expect(places.inside).toBe(24);
    expect(letIn(places, strangerAt('late'), 100, DEPTH / 2)).toBe(0);
    expect(letIn(places, knownAt('honest'), 100, DEPTH / 2)).toBe(1);
  });

  it('that are given up can be taken again, by their own address and by others', () => {
    const places = new Places();
    const own = Array.from({ length: 14 }, () => places.take(knownAt('k'), DEPTH)!);
    for (const giveUp of own) giveUp();
    expect(places.inside).toBe(0);
    expect(letIn(places, knownAt('k'))).toBe(14);
  });

  it('remember an address only while it has somebody inside', () => {
    const places = new Places();
    for (let n = 0; n < 10_000; n += 1) places.take(strangerAt(`passes ${n}`), DEPTH)!();
    expect(places.addresses).toBe(0);
    for (let n = 0; n < 10_000; n += 1) places.take(knownAt(`stays ${n}`), DEPTH);
    expect(places.addresses).toBe(DEPTH);
  });

  it('are neither lost nor made, whoever comes and goes at whatever depth', () => {
    const step = fc.record({
      address: fc.constantFrom('a', 'b', 'c', 'd'),
      known: fc.boolean(),
      depth: fc.integer({ min: 4, max: 40 }),
      leaver: fc.option(fc.nat(39)),
    });
    const check = (
      steps: readonly { address: string; known: boolean; depth: number; leaver: number | null }[],
    ) => {
      const places = new Places();
      const inside: (() => void)[] = [];
      for (const { address, known, depth, leaver } of steps) {
        const full = inside.length >= depth;
        const found = places.has({ address, known }, depth);
        const giveUp = places.take({ address, known }, depth);
        expect(found).toBe(giveUp !== undefined);
        expect(full && !known && giveUp).toBeFalsy();
        if (giveUp) inside.push(giveUp);
        if (leaver !== null) inside.splice(leaver, 1).forEach((one) => one());
        expect(places.inside).toBe(inside.length);
      }
      inside.forEach((one) => one());
      expect([places.inside, places.addresses]).toEqual([0, 0]);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), check));
  });
});
