import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { firstIdAt } from './first-id.js';

describe('the first id of a millisecond', () => {
  it('is a UUIDv7 with nothing but that time in it', () => {
    expect(firstIdAt(new Date(0x0123456789ab))).toBe('01234567-89ab-7000-8000-000000000000');
  });

  it('parts what was made before from what was made since, as their times do', () => {
    const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const near = fc
      .tuple(moment, fc.integer({ min: -2, max: 2 }))
      .map(([at, off]) => [at, at + off] as const);
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(moment, moment)), fc.nat(), ([at, made], seq) => {
        fc.pre(made >= 0 && made < 2 ** 48);
        expect(uuidv7({ msecs: made, seq }) >= firstIdAt(new Date(at))).toBe(made >= at);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a time before 1970 is below every other', () => {
    expect(firstIdAt(new Date(-1))).toBe('00000000-0000-7000-8000-000000000000');
  });
});
