import { describe, expect, it, jest } from '@jest/globals';
import * as argon2 from '@node-rs/argon2';
import type { Configuration } from '../platform/config/index.js';
import type { HashThreads } from './hash-threads.js';
import { PasswordHasher } from './password-hasher.js';

const DEFAULTS = { memoryKib: 19456, timeCost: 2, parallelism: 1 };
const CHEAP = { memoryKib: 64, timeCost: 1, parallelism: 1 };
/** Threads are made of what is built: here the library's own are as good. */
const threads = argon2 as unknown as HashThreads;
const hasher = (parameters = CHEAP) => new PasswordHasher({ argon2: parameters } as Configuration, threads);
const phc = (parameters: string) => `$argon2id$v=19$${parameters}$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA`;

describe('hash', () => {
  it('is argon2id, version 1.3, with the configured parameters, a 16-byte salt and 32 bytes (RFC 9106 §4)', async () => {
    const [, kind, version, parameters, salt, hash] = (await hasher(DEFAULTS).hash('password')).split('$');
    expect([kind, version, parameters]).toEqual(['argon2id', 'v=19', 'm=19456,t=2,p=1']);
    expect(Buffer.from(salt!, 'base64')).toHaveLength(16);
    expect(Buffer.from(hash!, 'base64')).toHaveLength(32);
  });

  it('is salted: the same password hashes differently each time', async () => {
    expect(await hasher().hash('password')).not.toBe(await hasher().hash('password'));
  });

  it('does not cut: a password that differs after 72 bytes, or after NUL, is another one', async () => {
    const long = 'x'.repeat(255);
    const hashed = await hasher().hash(`${long}a`);
    expect(await hasher().verify(hashed, `${long}a`)).toBe(true);
    expect(await hasher().verify(hashed, `${long}b`)).toBe(false);
    expect(await hasher().verify(await hasher().hash('a\0b'), 'a\0c')).toBe(false);
  });
});

describe('verify', () => {
  it('reads parameters and salt from the hash, whatever is configured now', async () => {
    const hashed = await hasher({ memoryKib: 128, timeCost: 3, parallelism: 2 }).hash('password');
    expect(await hasher().verify(hashed, 'password')).toBe(true);
    expect(await hasher().verify(hashed, 'Password')).toBe(false);
    expect(await hasher().verify(hashed, '')).toBe(false);
  });

  it('RFC 9106: takes a hash that the reference implementation made', async () => {
    // argon2id v=19 m=65536 t=2 p=1, "password" and "somesalt": the test vector of phc-winner-argon2.
    const reference =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await hasher().verify(reference, 'password')).toBe(true);
    expect(await hasher().verify(reference, 'passwore')).toBe(false);
  });
});

describe('verifyNothing', () => {
  it('really checks a hash each time, with the parameters of a real account, and always says no', async () => {
    const counted = hasher();
    const hash = jest.spyOn(counted, 'hash');
    const verify = jest.spyOn(counted, 'verify');
    await counted.prepare();
    expect([hash.mock.calls.length, verify.mock.calls.length]).toEqual([1, 0]);
    for (const password of ['a', '', 'no account has this hash']) {
      expect(await counted.verifyNothing(password)).toBe(false);
    }
    expect([hash.mock.calls.length, verify.mock.calls.length]).toEqual([1, 3]);
    expect(verify.mock.calls.map(([hashed]) => hashed)).toEqual(
      Array(3).fill(expect.stringContaining('$m=64,t=1,p=1$')),
    );
    expect(verify.mock.calls.at(-1)![1]).toBe('no account has this hash');
  });
});

describe('isOutdated', () => {
  it.each([
    ['the configured ones', 'm=19456,t=2,p=1', false],
    ['more memory', 'm=65536,t=2,p=1', false],
    ['more of everything: never lowered behind a back', 'm=65536,t=3,p=4', false],
    ['less memory', 'm=19455,t=2,p=1', true],
    ['less time', 'm=19456,t=1,p=1', true],
    ['less time for more memory', 'm=65536,t=1,p=1', true],
    ['no lanes', 'm=19456,t=2,p=0', true],
    ['another order', 't=2,m=19456,p=1', true],
    ['none', '', true],
    ['no numbers', 'm=x,t=y,p=z', true],
    ['digits that count otherwise', 'm=９９９９９,t=2,p=1', true],
  ])('parameters: %s', (_, parameters, outdated) => {
    expect(hasher(DEFAULTS).isOutdated(phc(parameters))).toBe(outdated);
  });

  it.each([
    ['another function', phc('m=19456,t=2,p=1').replace('argon2id', 'argon2i')],
    ['an older version', phc('m=19456,t=2,p=1').replace('v=19', 'v=16')],
    ['bcrypt', '$2b$12$abcdefghijklmnopqrstuv'],
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['a PHC string behind something else', `x${phc('m=19456,t=2,p=1')}`],
  ])('%s is outdated', (_, hashed) => {
    expect(hasher(DEFAULTS).isOutdated(hashed)).toBe(true);
  });

  it('raised parallelism asks for a new hash', () => {
    expect(hasher({ ...DEFAULTS, parallelism: 2 }).isOutdated(phc('m=19456,t=2,p=1'))).toBe(true);
  });

  it('what was just hashed is not outdated', async () => {
    expect(hasher().isOutdated(await hasher().hash('password'))).toBe(false);
  });
});
