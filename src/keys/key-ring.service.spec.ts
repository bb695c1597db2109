import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import type { Configuration } from '../platform/config/index.js';
import { seal, type Secrets } from '../platform/crypto/index.js';
import type { Database, Transaction } from '../platform/database/index.js';
import { Events, SERVICE, type DomainEvent } from '../platform/events/index.js';
import { KeyRing } from './key-ring.service.js';
import { makeKeyPair, sharedSecretKey, toDer, type SigningAlgorithm } from './signing-key.js';
import type { StoredKey } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

const WRAP = Buffer.alloc(32, 1);
const NOW = 1_800_000_000_000;
const SHARED = ['current'.padEnd(32, '.'), 'previous'.padEnd(32, '.')] as const;

/** The table in memory; `arriving` is what another node commits while this one waits for the lock. */
class Table {
  rows: StoredKey[] = [];
  arriving: StoredKey[] = [];
  readonly calls: string[] = [];

  async lock(): Promise<void> {
    this.calls.push('lock');
    this.rows.push(...this.arriving.splice(0));
  }

  async all(): Promise<StoredKey[]> {
    return [...this.rows];
  }

  async sealed(): Promise<StoredKey[]> {
    return this.rows;
  }

  async standing(): Promise<StoredKey[]> {
    this.calls.push('standing');
    return [...this.rows];
  }

  async change(_tx: Transaction, kid: string, to: Partial<StoredKey>): Promise<void> {
    this.rows = this.rows.map((row) => (row.kid === kid ? { ...row, ...to } : row));
  }

  async delete(_tx: Transaction, kid: string): Promise<void> {
    this.rows = this.rows.filter((row) => row.kid !== kid);
  }

  async deleteExpired(): Promise<void> {}

  async lengthenTtl(_database: unknown, kid: string, seconds: number): Promise<void> {
    this.calls.push(`lengthen ${seconds}`);
    await this.change({} as Transaction, kid, { longestTtl: seconds });
  }

  async insert(_tx: Transaction, key: StoredKey): Promise<void> {
    this.calls.push(`insert ${key.algorithm} ${key.stage}`);
    this.rows.push(key);
  }
}

async function stored(
  algorithm: 'ES256' | 'RS256',
  stage: StoredKey['stage'],
  wrap = WRAP,
): Promise<StoredKey> {
  const pair = await makeKeyPair(algorithm);
  const privateKey = seal(wrap, toDer(pair), pair.kid);
  return {
    kid: pair.kid,
    algorithm,
    stage,
    privateKey,
    createdAt: new Date(NOW),
    signsSince: null,
    longestTtl: 600,
    keepUntil: null,
  };
}

describe('KeyRing', () => {
  afterEach(() => void jest.restoreAllMocks());

  let table: Table;
  let events: Events;
  let told: DomainEvent[];
  beforeEach(() => {
    table = new Table();
    events = new Events();
    told = [];
    events.onAny((_, event) => void told.push(event));
  });

  function ring(jwtAlgorithm: SigningAlgorithm = 'ES256', wrap = WRAP, settings: object = {}): KeyRing {
    const secrets = {
      key: () => ({ current: wrap, previous: undefined }),
      sealedNow: () => true,
      jwtSecrets: () => ({ current: SHARED[0], previous: SHARED[1] }),
    };
    const database = {
      orm: {},
      transaction: <T>(work: (tx: Transaction) => Promise<T>) => work({} as Transaction),
    };
    const clock = Object.assign(new Clock(), { millis: () => NOW });
    const keys = new SigningKeysService(
      secrets as unknown as Secrets,
      database as unknown as Database,
      table,
      clock,
      events,
    );
    const configuration = { jwtAlgorithm, accessTokenTtlSeconds: 600, ...settings } as Configuration;
    return new KeyRing(configuration, secrets as unknown as Secrets, keys, clock);
  }

  it('signs with nothing before it is loaded', () => {
    const keys = ring();
    expect(keys.loaded).toBe(false);
    expect(() => keys.current).toThrow('not loaded');
    expect(keys.jwks).toEqual([]);
    expect(keys.verificationKey('any')).toBeUndefined();
  });

  it('makes the current and the next key once, under the lock, and publishes both', async () => {
    const keys = ring();
    const { kid, made, algorithm } = await keys.load();
    expect({ made, algorithm }).toEqual({ made: true, algorithm: 'ES256' });
    expect(table.calls).toEqual(['lock', 'insert ES256 current', 'insert ES256 next', 'lengthen 600']);
    expect(keys.current.kid).toBe(kid);
    expect(table.rows.find(({ stage }) => stage === 'current')?.kid).toBe(kid);
    expect(keys.jwks.map((jwk) => jwk.kid)).toEqual(table.rows.map((row) => row.kid));
    expect(table.rows.map((row) => keys.verificationKey(row.kid)?.algorithm)).toEqual(['ES256', 'ES256']);
    const kids = table.rows.map((row) => row.kid);
    expect(told).toEqual([
      { type: 'keys.made', origin: SERVICE, subject: {}, details: { algorithm: 'ES256', kids } },
    ]);
    expect(table.rows[0]).toMatchObject({ createdAt: new Date(NOW), keepUntil: null });
  });

  it('leaves a complete set untouched: no lock, no new key', async () => {
    await ring().load();
    table.calls.length = 0;
    const before = [...table.rows];
    expect(await ring().load()).toMatchObject({ made: false, kid: before[0]!.kid });
    expect(table.calls).toEqual([]);
    expect(table.rows).toEqual(before);
  });

  it('race: keys that another node made while this one waited for the lock are taken, not doubled', async () => {
    table.arriving = [await stored('ES256', 'current'), await stored('ES256', 'next')];
    const [current] = table.arriving;
    expect(await ring().load()).toMatchObject({ made: false, kid: current!.kid });
    expect(table.rows).toHaveLength(2);
  });

  it('makes only what is missing', async () => {
    table.rows = [await stored('ES256', 'current')];
    expect(await ring().load()).toMatchObject({ made: true, kid: table.rows[0]!.kid });
    expect(table.calls).toEqual(['lock', 'insert ES256 next']);
  });

  it('after a change of algorithm, publishes the new key, and signs with the old one until verifiers have it', async () => {
    const { kid: old } = await ring('ES256').load();
    const keys = ring('RS256');
    expect(await keys.load()).toMatchObject({
      algorithm: 'ES256',
      kid: old,
      made: true,
      successor: { algorithm: 'RS256', from: new Date(NOW + 600_000) },
    });
    expect(keys.jwks.map((jwk) => jwk.alg)).toEqual(['ES256', 'ES256', 'RS256']);
    table.rows.push(await stored('RS256', 'current'));
    await keys.refresh();
    expect(keys.current.algorithm).toBe('RS256');
    expect(keys.verificationKey(old)?.algorithm).toBe('ES256');
  });

  it('writes down the longest life of what it signs before it signs', async () => {
    await ring('ES256', WRAP, { accessTokenTtlSeconds: 7200 }).load();
    await ring('ES256', WRAP, { accessTokenTtlSeconds: 60 }).load();
    expect(table.calls.filter((call) => call.startsWith('lengthen'))).toEqual(['lengthen 7200']);
  });

  it('a refresh that finds nothing changed reads no private half, and forgets no verified token', async () => {
    const keys = ring();
    await keys.load();
    const seen: string[] = [];
    keys.onChange(() => seen.push('changed'));
    const all = jest.spyOn(table, 'all');
    await keys.refresh();
    expect([all.mock.calls.length, seen]).toEqual([0, []]);
    table.rows = table.rows.filter(({ stage }) => stage === 'current');
    await keys.refresh();
    expect([all.mock.calls.length, seen]).toEqual([1, ['changed']]);
    expect(keys.jwks).toHaveLength(1);
  });

  it('a key that this node cannot open does not keep it from dropping a revoked one', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    table.rows = [await stored('ES256', 'current'), await stored('ES256', 'retired')];
    const keys = ring();
    await keys.load();
    const revoked = table.rows[1]!.kid;
    table.rows[1] = await stored('ES256', 'retired', Buffer.alloc(32, 9));
    await keys.refresh();
    expect(keys.verificationKey(revoked)).toBeUndefined();
    expect(keys.verificationKey(table.rows[1].kid)).toBeUndefined();
    expect(keys.verificationKey(table.rows[0]!.kid)).toBeDefined();
  });

  it('where the database is away, the next refresh reads again', async () => {
    const keys = ring();
    await keys.load();
    jest.spyOn(table, 'standing').mockRejectedValueOnce(new Error('away'));
    await expect(keys.refresh()).rejects.toThrow('away');
    table.rows = table.rows.filter(({ stage }) => stage === 'current');
    await keys.refresh();
    expect(keys.jwks).toHaveLength(1);
  });

  it('neither a next nor a retired key signs', async () => {
    table.rows = [
      await stored('ES256', 'retired'),
      await stored('ES256', 'next'),
      await stored('ES256', 'current'),
    ];
    expect((await ring().load()).kid).toBe(table.rows[2]!.kid);
  });

  it('keeps the private half sealed, and puts it on no wire', async () => {
    const keys = ring();
    await keys.load();
    const der = toDer(keys.current);
    expect(table.rows.some(({ privateKey }) => privateKey.includes(der.subarray(-32)))).toBe(false);
    for (const jwk of keys.jwks) expect(Object.keys(jwk)).not.toContain('d');
  });

  it('another SECRET_KEY: says so, and makes no keys beside those it cannot open', async () => {
    await ring().load();
    table.calls.length = 0;
    const foreign = ring('ES256', Buffer.alloc(32, 9));
    await expect(foreign.load()).rejects.toThrow('sealed under another SECRET_KEY');
    expect(table.calls).toEqual([]);
    expect(foreign.loaded).toBe(false);
  });

  it("swap attack: a sealed key under another key's kid is refused", async () => {
    await ring().load();
    const [first, second] = table.rows as [StoredKey, StoredKey];
    table.rows = [{ ...first, privateKey: second.privateKey }, second];
    await expect(ring().load()).rejects.toThrow('altered');
  });

  it('HS256: signs with the secret, still verifies with the previous one, publishes nothing, makes nothing', async () => {
    const keys = ring('HS256', WRAP, { jwtSecretPrevious: SHARED[1] });
    expect(await keys.load()).toMatchObject({ algorithm: 'HS256', made: false });
    const [current, previous] = SHARED.map((secret) => sharedSecretKey(secret).kid) as [string, string];
    expect(keys.current.kid).toBe(current);
    expect(keys.verificationKey(previous)?.algorithm).toBe('HS256');
    expect(keys.jwks).toEqual([]);
    expect(table.rows).toEqual([]);
  });

  it('beside another algorithm only the secret that is given as the previous one verifies', async () => {
    const keys = ring('ES256', WRAP, { jwtSecret: SHARED[0], jwtSecretPrevious: SHARED[1] });
    await keys.load();
    expect(keys.current.algorithm).toBe('ES256');
    const [current, previous] = SHARED.map((secret) => keys.verificationKey(sharedSecretKey(secret).kid));
    expect([current, previous?.algorithm]).toEqual([undefined, 'HS256']);
    expect(keys.jwks.map((jwk) => jwk.alg)).toEqual(['ES256', 'ES256']);
  });

  it('with HS256, pairs are published while they verify', async () => {
    await ring('ES256').load();
    const keys = ring('HS256');
    await keys.load();
    expect(keys.jwks.map((jwk) => jwk.alg)).toEqual(['ES256', 'ES256']);
  });

  it('HS256 takes no shared secret in once another algorithm signs', async () => {
    const keys = ring('ES256');
    await keys.load();
    for (const secret of SHARED) expect(keys.verificationKey(sharedSecretKey(secret).kid)).toBeUndefined();
  });

  it('names of object members are no kid', async () => {
    const keys = ring();
    await keys.load();
    for (const kid of ['__proto__', 'constructor', 'toString', ''])
      expect(keys.verificationKey(kid)).toBeUndefined();
  });

  it('calls back after every load, when the new set is in place', async () => {
    const keys = ring();
    const seen: boolean[] = [];
    keys.onChange(() => seen.push(keys.loaded));
    keys.onChange(() => seen.push(keys.loaded));
    await keys.load();
    await keys.load();
    expect(seen).toEqual([true, true, true, true]);
  });
});
