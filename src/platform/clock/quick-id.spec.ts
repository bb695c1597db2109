import { expect, it } from '@jest/globals';
import { parse, validate, version } from 'uuid';
import { quickId } from './quick-id.js';

it.each([0, 1, 1_764_219_600_123, 1_764_219_600_124, 2 ** 48 - 1])(
  'RFC 9562 §5.7: is a UUIDv7 of %i',
  (millis) => {
    const ids = Array.from({ length: 100 }, () => quickId(millis));
    for (const id of ids) {
      expect([id.length, validate(id), version(id)]).toEqual([36, true, 7]);
      expect(Buffer.from(parse(id)).readUIntBE(0, 6)).toBe(millis);
      expect(parse(id)[8]! >> 6).toBe(0b10);
    }
    expect(new Set(ids).size).toBe(100);
  },
);

it('follows a clock that goes forth and back', () => {
  const times = [5, 7, 5, 6].map((millis) => quickId(millis).slice(0, 13));
  expect(times).toEqual(['00000000-0005', '00000000-0007', '00000000-0005', '00000000-0006']);
});
