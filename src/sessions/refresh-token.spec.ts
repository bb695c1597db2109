import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'uuid';
import { decodeRefreshToken, encodeRefreshToken, macKeyId, macKeyOf } from './refresh-token.js';

const PREFIX = 'sumun_rt_';
const KEY = Buffer.alloc(32, 1);
const PREVIOUS = Buffer.alloc(32, 2);
const FOREIGN = Buffer.alloc(32, 3);
const keys = { current: KEY, previous: PREVIOUS };
const CLAIMS = {
  sessionId: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11',
  counter: 0x01020304,
  random: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
};
const TOKEN = encodeRefreshToken(CLAIMS, KEY);
const bytesOf = (token: string): Buffer => Buffer.from(token.slice(PREFIX.length), 'base64url');
const tokenOf = (bytes: Buffer): string => PREFIX + bytes.toString('base64url');

describe('a refresh token', () => {
  it('is laid out as the contract says: key id ‖ session id ‖ counter ‖ random ‖ HMAC-SHA-256', () => {
    expect(TOKEN).toMatch(/^sumun_rt_[A-Za-z0-9_-]{96}$/);
    const bytes = bytesOf(TOKEN);
    expect(bytes).toHaveLength(4 + 16 + 4 + 16 + 32);
    expect(bytes.subarray(4, 20).toString('hex')).toBe(CLAIMS.sessionId.replaceAll('-', ''));
    expect(bytes.subarray(20, 24).toString('hex')).toBe('01020304');
    expect(bytes.subarray(24, 40)).toEqual(CLAIMS.random);
    const mac = createHmac('sha256', KEY).update(bytes.subarray(0, 40)).digest();
    expect(bytes.subarray(40)).toEqual(mac);
  });

  it('round trip: what was encoded is decoded, under the current and the previous key', () => {
    const claims = fc.record({
      sessionId: fc.uuid(),
      counter: fc.nat({ max: 0xffffffff }),
      random: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(claims, fc.constantFrom(KEY, PREVIOUS), (given, key) => {
        expect(decodeRefreshToken(encodeRefreshToken(given, key), keys)).toEqual(given);
      }),
      { numRuns: 200 },
    );
  });

  it('is the very same string each time: a repetition within the grace answers it again', () => {
    expect(encodeRefreshToken({ ...CLAIMS }, KEY)).toBe(TOKEN);
  });

  it('tampering: no single flipped bit is taken', () => {
    const bytes = bytesOf(TOKEN);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeRefreshToken(tokenOf(altered), keys)).toBeUndefined();
    }
  });

  it('tampering: no single altered character is taken', () => {
    for (let at = 0; at < TOKEN.length; at++) {
      for (const letter of ['A', 'z', '_', '+', '=', ' ', '\n', '\0', '한']) {
        if (TOKEN[at] === letter) continue;
        const altered = TOKEN.slice(0, at) + letter + TOKEN.slice(at + 1);
        expect(decodeRefreshToken(altered, keys)).toBeUndefined();
      }
    }
  });

  it('counter forgery: the counter cannot be moved without the key', () => {
    const bytes = bytesOf(TOKEN);
    bytes.writeUInt32BE(CLAIMS.counter + 1, 20);
    expect(decodeRefreshToken(tokenOf(bytes), keys)).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['the prefix alone', PREFIX],
    ['no prefix', TOKEN.slice(PREFIX.length)],
    ['another prefix', TOKEN.replace(PREFIX, 'sumun_at_')],
    ['a prefix in capitals', TOKEN.replace(PREFIX, 'SUMUN_RT_')],
    ['the prefix twice', PREFIX + TOKEN],
    ['truncated by a character', TOKEN.slice(0, -1)],
    ['truncated by four characters', TOKEN.slice(0, -4)],
    ['extended by a character', `${TOKEN}A`],
    ['extended by four characters', `${TOKEN}AAAA`],
    ['padded', `${TOKEN}=`],
    ['a trailing space', `${TOKEN} `],
    ['a trailing line feed', `${TOKEN}\n`],
    ['a leading space', ` ${TOKEN}`],
    ['a MAC cut to sixteen bytes', tokenOf(bytesOf(TOKEN).subarray(0, 56))],
    ['no MAC', tokenOf(bytesOf(TOKEN).subarray(0, 40))],
    ['all zero', tokenOf(Buffer.alloc(72))],
    ['huge', PREFIX + 'A'.repeat(5_000_000)],
  ])('%s is refused', (_, token) => {
    expect(decodeRefreshToken(token, keys)).toBeUndefined();
  });

  it('base64 instead of base64url is another spelling, and refused', () => {
    const random = Buffer.alloc(16, 0xff);
    const token = encodeRefreshToken({ ...CLAIMS, random }, KEY);
    const respelt =
      token.slice(0, PREFIX.length) + token.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/');
    expect(respelt).not.toBe(token);
    expect(Buffer.from(respelt.slice(PREFIX.length), 'base64url')).toEqual(bytesOf(token));
    expect(decodeRefreshToken(token, keys)).toBeDefined();
    expect(decodeRefreshToken(respelt, keys)).toBeUndefined();
  });

  it('has one spelling: 72 bytes leave no unused bits in the last character', () => {
    const decoded = new Set(
      [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((letter) =>
        bytesOf(TOKEN.slice(0, -1) + letter).toString('hex'),
      ),
    );
    expect(decoded.size).toBe(64);
  });

  it('a foreign key is refused, even under the id of ours', () => {
    expect(decodeRefreshToken(encodeRefreshToken(CLAIMS, FOREIGN), keys)).toBeUndefined();
    const forged = bytesOf(TOKEN).subarray(0, 40);
    const mac = createHmac('sha256', FOREIGN).update(forged).digest();
    expect(decodeRefreshToken(tokenOf(Buffer.concat([forged, mac])), keys)).toBeUndefined();
  });

  it('key confusion: a MAC of the previous key under the id of the current one is refused', () => {
    const forged = bytesOf(TOKEN).subarray(0, 40);
    const mac = createHmac('sha256', PREVIOUS).update(forged).digest();
    expect(decodeRefreshToken(tokenOf(Buffer.concat([forged, mac])), keys)).toBeUndefined();
  });

  it('of the previous key is refused once there is none', () => {
    const token = encodeRefreshToken(CLAIMS, PREVIOUS);
    expect(decodeRefreshToken(token, { current: KEY, previous: undefined })).toBeUndefined();
  });

  it('does not share its bytes with the string that it was read from', () => {
    const claims = decodeRefreshToken(TOKEN, keys)!;
    claims.random.fill(0);
    expect(decodeRefreshToken(TOKEN, keys)!.random).toEqual(CLAIMS.random);
  });
});

describe('the id of a MAC key', () => {
  it('tells keys apart and is no part of the key, nor the MAC of anything signed', () => {
    expect(macKeyId(KEY)).toHaveLength(4);
    expect(macKeyId(KEY).equals(macKeyId(PREVIOUS))).toBe(false);
    expect(macKeyId(KEY).equals(KEY.subarray(0, 4))).toBe(false);
  });

  it('finds its key among ours', () => {
    expect(macKeyOf(macKeyId(KEY), keys)).toBe(KEY);
    expect(macKeyOf(macKeyId(PREVIOUS), keys)).toBe(PREVIOUS);
    expect(macKeyOf(macKeyId(FOREIGN), keys)).toBeUndefined();
    expect(macKeyOf(Buffer.alloc(0), keys)).toBeUndefined();
  });

  it('a session id survives the way through text', () => {
    expect(stringify(bytesOf(TOKEN), 4)).toBe(CLAIMS.sessionId);
  });
});
