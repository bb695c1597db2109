import { beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../platform/clock/index.js';
import type { Configuration } from '../platform/config/index.js';
import { ServiceUnavailable } from '../platform/http/index.js';
import { Revocations } from './revocations.js';

describe('Revocations', () => {
  let revocations: Revocations;
  let now: number;
  const clock = Object.assign(new Clock(), { monotonicMillis: () => now });

  function withSettings(settings: Partial<Configuration>): Revocations {
    const defaults = {
      databaseUrl: 'postgres://x/y',
      revocationStale: 'refuse',
      revocationMaxStalenessSeconds: 60,
    };
    return new Revocations(clock, { ...defaults, ...settings } as Configuration);
  }

  beforeEach(() => {
    now = 0;
    revocations = withSettings({});
  });

  const session = (subject: string, keepUntil: number) =>
    revocations.apply({ kind: 'session', subject, keepUntil: new Date(keepUntil) });
  const user = (subject: string, minVersion: number, keepUntil: number) =>
    revocations.apply({ kind: 'user', subject, minVersion, keepUntil: new Date(keepUntil) });

  it('knows nothing at first', () => {
    expect(revocations.isRevoked('s', 'u', 1)).toBe(false);
    expect(revocations.size).toBe(0);
  });

  it('a session: that one, whatever its user and version', () => {
    session('s', 1000);
    expect(revocations.isRevoked('s', 'u', 99)).toBe(true);
    expect(revocations.isRevoked('t', 'u', 1)).toBe(false);
    expect(revocations.isRevoked('u', 's', 1)).toBe(false);
  });

  it('a user: every lower version and no other, so that a login right after lives', () => {
    user('u', 3, 1000);
    expect([1, 2, 3, 4].map((version) => revocations.isRevoked('s', 'u', version))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(revocations.isRevoked('s', 'v', 1)).toBe(false);
  });

  it('is applied twice without a change', () => {
    session('s', 1000);
    session('s', 1000);
    user('u', 3, 1000);
    user('u', 3, 1000);
    expect(revocations.size).toBe(2);
    expect(revocations.isRevoked('x', 'u', 2)).toBe(true);
  });

  it.each([
    ['in order', [2, 5]],
    ['out of order, as the feed may be read', [5, 2]],
  ])('keeps the highest version, %s', (_, versions) => {
    versions.forEach((version) => user('u', version, 1000));
    expect(revocations.isRevoked('s', 'u', 4)).toBe(true);
    expect(revocations.isRevoked('s', 'u', 5)).toBe(false);
  });

  it.each([[[1000, 2000]], [[2000, 1000]]])(
    'keeps the latest end of %j: an earlier line shortens nothing',
    (ends) => {
      ends.forEach((end) => session('s', end));
      ends.forEach((end) => user('u', 2, end));
      revocations.sweep(1500);
      expect(revocations.isRevoked('s', 'x', 1)).toBe(true);
      expect(revocations.isRevoked('x', 'u', 1)).toBe(true);
    },
  );

  it.each([
    [1000, 2],
    [1001, 0],
  ])('sweeps what has expired, and not a millisecond earlier: at %d are left %d', (now, left) => {
    session('s', 1000);
    user('u', 5, 1000);
    revocations.sweep(now);
    expect(revocations.size).toBe(left);
    expect(revocations.isRevoked('s', 'u', 1)).toBe(left > 0);
  });

  it('looks once a minute, however often it is asked', () => {
    revocations.sweep(1);
    session('s', 1000);
    revocations.sweep(60_000);
    expect(revocations.size).toBe(1);
    revocations.sweep(60_001);
    expect(revocations.size).toBe(0);
  });

  it('names of object members are subjects like any other', () => {
    expect(revocations.isRevoked('__proto__', 'constructor', 0)).toBe(false);
    session('__proto__', 1000);
    expect(revocations.isRevoked('__proto__', 'u', 1)).toBe(true);
    expect(revocations.isRevoked('s', 'u', 1)).toBe(false);
  });

  it('partition: beyond the longest staleness nothing is said of any token, until all is heard again', () => {
    session('s', 1_000_000);
    const ask = () => revocations.isRevoked('t', 'u', 1);
    now = 60_000;
    expect(ask()).toBe(false);
    now = 60_001;
    expect(ask).toThrow(expect.objectContaining({ definition: ServiceUnavailable.definition }));
    revocations.heardOfAllBefore(now - 5);
    expect([ask(), revocations.staleness]).toEqual([false, 5]);
  });

  it.each([
    ['told to go on', { revocationStale: 'allow' as const }],
    ['alone, on the embedded database', { databaseUrl: undefined }],
  ])('goes on for ever where it is %s', (_, settings) => {
    revocations = withSettings(settings);
    now = 10 ** 12;
    expect(revocations.isRevoked('t', 'u', 1)).toBe(false);
  });
});
