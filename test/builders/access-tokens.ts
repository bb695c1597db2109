import { createHmac, sign, type KeyObject } from 'node:crypto';
import { KeyRing } from '../../src/keys/index.js';
import type { TestApp } from '../support/app.js';
import type { Json } from '../support/answer.js';
import { until } from '../support/until.js';

type Members = Record<string, Json>;

/** What is to differ from a genuine token; undefined takes a member out. */
export interface Difference {
  readonly header?: Members;
  readonly claims?: Members;
  /** In place of the service's own. */
  readonly key?: { algorithm: string; signWith: KeyObject };
}

/**
 * A genuine token with one thing changed, signed anew by the service's own key: refused, it is refused for
 * that one thing.
 */
export function resigned(app: TestApp, token: string, { header, claims, key }: Difference): string {
  const { algorithm, signWith } = key ?? app.nest.get(KeyRing).current;
  return signed({ ...headerOf(token), ...header }, { ...claimsOf(token), ...claims }, algorithm, signWith);
}

export function signed(header: Members, claims: unknown, algorithm: string, key: KeyObject): string {
  return signedText(`${encode(header)}.${encode(claims)}`, algorithm, key);
}

/** Signs what stands before the last dot, whatever it is. */
export function signedText(input: string, algorithm: string, key: KeyObject): string {
  if (algorithm === 'HS256') return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

export function headerOf(token: string): Members {
  return decode(token.split('.')[0]!);
}

export function claimsOf(token: string): Members {
  return decode(token.split('.')[1]!);
}

function decode(part: string): Members {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Members;
}

/** What an app says to an access token. */
export async function reach(app: TestApp, token: string): Promise<string> {
  const { status, body } = await app.http.get('/protected', { token });
  return status === 200 ? 'alive' : (body.code as string);
}

/** Waits until an app says so, by itself. */
export async function reachesSoon(app: TestApp, token: string, word: string, limitMs: number): Promise<void> {
  if (await until(async () => (await reach(app, token)) === word, limitMs)) return;
  throw new Error(`It says ${await reach(app, token)}, not ${word}.`);
}
