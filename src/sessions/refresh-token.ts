import { createHmac } from 'node:crypto';
import { parse as uuidBytes, stringify as uuidText } from 'uuid';
import { constantTimeEqual, type KeyPair } from '../platform/crypto/index.js';
import type { SessionId } from './session.js';

/**
 * `sumun_rt_` + base64url(key id ‖ session id ‖ counter ‖ random ‖ HMAC-SHA-256 over all before).
 *
 * The prefix lets secret scanners find a leaked one. The MAC is checked before the database is asked; the
 * random bytes are matched in it.
 */
const PREFIX = 'sumun_rt_';
const KEY_ID = 4;
const SESSION_ID = 16;
const COUNTER = 4;
export const RANDOM_LENGTH = 16;
const SIGNED = KEY_ID + SESSION_ID + COUNTER + RANDOM_LENGTH;
const ENCODED = /^[A-Za-z0-9_-]{96}$/;

/** What a refresh token says. */
export interface RefreshClaims {
  readonly sessionId: SessionId;
  readonly counter: number;
  readonly random: Buffer;
}

/** A refresh asks for the same one or two four times. */
const keyIds = new WeakMap<Buffer, Buffer>();

/** Names a key without telling it. */
export function macKeyId(key: Buffer): Buffer {
  let id = keyIds.get(key);
  if (id === undefined) {
    id = createHmac('sha256', key).update('sumun refresh key id').digest().subarray(0, KEY_ID);
    keyIds.set(key, id);
  }
  return id;
}

export function encodeRefreshToken(claims: RefreshClaims, key: Buffer): string {
  const counter = Buffer.alloc(COUNTER);
  counter.writeUInt32BE(claims.counter);
  const signed = Buffer.concat([macKeyId(key), uuidBytes(claims.sessionId), counter, claims.random]);
  return PREFIX + Buffer.concat([signed, mac(signed, key)]).toString('base64url');
}

/** Undefined where the form, the key or the MAC is wrong: such a token touches nothing. */
export function decodeRefreshToken(token: string, keys: KeyPair): RefreshClaims | undefined {
  if (!token.startsWith(PREFIX) || !ENCODED.test(token.slice(PREFIX.length))) return undefined;
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
  const signed = bytes.subarray(0, SIGNED);
  const key = macKeyOf(signed.subarray(0, KEY_ID), keys);
  if (!key || !constantTimeEqual(bytes.subarray(SIGNED), mac(signed, key))) return undefined;
  return {
    sessionId: uuidText(signed, KEY_ID),
    counter: signed.readUInt32BE(KEY_ID + SESSION_ID),
    random: Buffer.from(signed.subarray(KEY_ID + SESSION_ID + COUNTER)),
  };
}

/** The key of that id, if it is one of ours. */
export function macKeyOf(id: Buffer, { current, previous }: KeyPair): Buffer | undefined {
  return [current, previous].find((key) => key !== undefined && macKeyId(key).equals(id));
}

function mac(signed: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(signed).digest();
}
