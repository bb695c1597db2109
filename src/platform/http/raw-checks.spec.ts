import { describe, expect, it } from '@jest/globals';
import { crowded } from './raw-checks.js';

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));
const KNOWN = new Map<string, unknown>([
  ['email', String],
  ['k0', String],
  ['roles', Array],
]);
const list = (length: number) => Array.from({ length }, () => 0);

describe('a body of thousands of members, each of which would be compared with all others', () => {
  it('is refused by the names it may not have', () => {
    const errors = crowded(members(8_000), KNOWN);
    expect(errors.length).toBeLessThanOrEqual(100);
    expect(errors[0]).toMatchObject({ field: 'k1', code: 'unknown_field' });
  });

  it.each([
    ['in a field', { email: members(101) }, 'email', 'wrong_type'],
    ['in a list of a field', { email: [[], list(101)] }, 'email', 'wrong_type'],
    ['a list where there is none', { email: list(101) }, 'email', 'wrong_type'],
    ['a list that is too long', { roles: list(101) }, 'roles', 'too_long'],
    ['in a list of lists', { roles: [list(101)] }, 'roles', 'wrong_type'],
    ['in no field', { other: { a: members(101) } }, 'other', 'unknown_field'],
  ])('is refused where it stands: %s', (_, body, field, code) => {
    expect(crowded(body, KNOWN)).toMatchObject([{ field, code }]);
  });

  it('is none of a hundred', () => {
    expect(crowded(members(100), KNOWN)).toEqual([]);
    expect(crowded({ email: members(100) }, KNOWN)).toEqual([]);
  });
});
