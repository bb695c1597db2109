import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Principal } from '../access/index.js';
import type { KeyRing } from '../keys/index.js';
import { Clock } from '../platform/clock/index.js';
import type { Configuration } from '../platform/config/index.js';
import { Revocations } from '../sessions/index.js';
import { VerifiedTokens } from './verified-tokens.js';

const LIMIT = 32 * 1024 * 1024;
const NOW = 1_800_000_000;

function principal(part: Partial<Principal> = {}): Principal {
  return { userId: 'u', sessionId: 's', userVersion: 3, expiresAt: NOW + 600, ...part } as Principal;
}

describe('VerifiedTokens', () => {
  let now: number;
  let revocations: Revocations;
  let verified: VerifiedTokens;
  let changeKeys: () => void;

  beforeEach(() => {
    now = NOW;
    const clock = Object.assign(new Clock(), { millis: () => now * 1000 + 999 });
    revocations = new Revocations(clock, { revocationStale: 'allow' } as Configuration);
    const keys = { onChange: (listener: () => void) => (changeKeys = listener) };
    verified = new VerifiedTokens(revocations, clock, keys as unknown as KeyRing);
  });

  it('recalls what was remembered, and nothing else', () => {
    const caller = principal();
    verified.remember('a.b.c', caller);
    expect(verified.recall('a.b.c')).toBe(caller);
    expect(verified.recall('a.b.d')).toBeUndefined();
    expect(verified.recall('')).toBeUndefined();
  });

  it('no mutation of a remembered token hits: the whole of it is compared', () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl';
    verified.remember(token, principal());
    fc.assert(
      fc.property(
        fc.nat(token.length),
        fc.nat(token.length),
        fc.string({ maxLength: 2 }),
        (from, to, put) => {
          const mutated = token.slice(0, Math.min(from, to)) + put + token.slice(Math.max(from, to));
          if (mutated !== token) expect(verified.recall(mutated)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
    for (const other of [`${token} `, ` ${token}`, `${token}=`, token.toLowerCase(), `Bearer ${token}`])
      expect(verified.recall(other)).toBeUndefined();
  });

  it('looks at exp on every hit: on or after it the token is no longer known', () => {
    verified.remember('t', principal());
    now = NOW + 599;
    expect(verified.recall('t')).toBeDefined();
    now = NOW + 600;
    expect(verified.recall('t')).toBeUndefined();
  });

  it.each([
    ['its session', { kind: 'session', subject: 's' } as const, false],
    ['another session', { kind: 'session', subject: 'other' } as const, true],
    ['its user, in a later version', { kind: 'user', subject: 'u', minVersion: 4 } as const, false],
    ['its user, in its version', { kind: 'user', subject: 'u', minVersion: 3 } as const, true],
    ['another user', { kind: 'user', subject: 'other', minVersion: 99 } as const, true],
  ])('looks at revocation on every hit: a revocation of %s', (_, revocation, known) => {
    verified.remember('t', principal());
    expect(verified.recall('t')).toBeDefined();
    revocations.apply({ ...revocation, keepUntil: new Date((NOW + 600) * 1000) });
    expect(verified.recall('t') !== undefined).toBe(known);
  });

  it('any change of the key set clears both generations', () => {
    const chunk = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 20; i++) verified.remember(`${chunk}${i}`, principal());
    expect(verified.recall(`${chunk}0`)).toBeDefined();
    changeKeys();
    expect(verified.size).toBe(0);
    for (let i = 0; i < 20; i++) expect(verified.recall(`${chunk}${i}`)).toBeUndefined();
  });

  it('a flood of distinct tokens is bounded in bytes, overhead counted', () => {
    const text = 'x'.repeat(64 * 1024);
    const caller = principal();
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      verified.remember(`${i}${text}`, caller);
      most = Math.max(most, verified.size);
    }
    expect(most * (text.length + 1024)).toBeLessThanOrEqual(LIMIT);
    for (let i = 0; i < 60_000; i++) verified.remember(`${i}`, caller);
    expect(verified.size).toBeLessThanOrEqual(LIMIT / 1024);
    expect(verified.size).toBeGreaterThan(LIMIT / 1024 / 4);
  });

  it('the same token over and over takes its room once', () => {
    const [first, second] = ['a', 'b'].map((letter) => letter.repeat(4 * 1024 * 1024)) as [string, string];
    verified.remember(first, principal());
    for (let i = 0; i < 20; i++) verified.remember(second, principal());
    expect(verified.recall(first)).toBeDefined();
    expect(verified.size).toBe(2);
  });

  it('what is met again outlives a flood, what is not is forgotten', () => {
    verified.remember('kept', principal());
    verified.remember('dropped', principal());
    const caller = principal();
    for (let i = 0; i < 60_000; i++) {
      verified.remember(`flood ${i}`, caller);
      if (i % 5_000 === 0) expect(verified.recall('kept')).toBeDefined();
    }
    expect(verified.recall('dropped')).toBeUndefined();
  });

  it('recalling expired tokens does not unbound the memory', () => {
    const text = 'x'.repeat(8 * 1024);
    for (let i = 0; i < 3000; i++) verified.remember(`${i}${text}`, principal({ expiresAt: 0 }));
    for (let i = 0; i < 3000; i++) expect(verified.recall(`${i}${text}`)).toBeUndefined();
    expect(verified.size * (text.length + 1024)).toBeLessThanOrEqual(LIMIT);
  });

  it('does not keep what has expired: of a steady stream no more than the lives of three', () => {
    const LIFE = 600;
    for (let n = 0; n < 20 * LIFE; n += 1, now += 1)
      verified.remember(`a.b.${n}`, principal({ expiresAt: now + LIFE }));
    expect(verified.size).toBeGreaterThanOrEqual(LIFE);
    expect(verified.size).toBeLessThanOrEqual(3 * LIFE);
    expect(verified.recall(`a.b.${20 * LIFE - LIFE + 1}`)).toBeDefined();
  });
});
