import { describe, expect, it } from '@jest/globals';
import { refreshExpiry, type Session } from './session.js';

const session = (idle: number, absolute: number) =>
  ({ idleExpiresAt: new Date(idle), expiresAt: new Date(absolute) }) as Session;

describe('refreshExpiry', () => {
  it.each([
    ['idle first', 1000, 2000, 1000],
    ['absolute first: a session kept busy ends all the same', 3000, 2000, 2000],
    ['both at once', 2000, 2000, 2000],
    ['a millisecond apart', 2001, 2000, 2000],
  ])('%s', (_, idle, absolute, expected) => {
    expect(refreshExpiry(session(idle, absolute)).getTime()).toBe(expected);
  });
});
