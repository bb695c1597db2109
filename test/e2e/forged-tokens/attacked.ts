import { connect } from 'node:net';
import { expect, jest } from '@jest/globals';
import { KeyRing, type SigningKey } from '../../../src/keys/index.js';
import { signedText } from '../../builders/access-tokens.js';
import { aSignedInUser, type SignedInUser } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';

// A service of RS256 makes two keys at its first start, and one file starts several services.
jest.setTimeout(60_000);

export const ALGORITHMS = ['ES256', 'RS256', 'HS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

const SECRET = 'a shared secret of more than thirty-two bytes';

/** A running service, a user of it, and a token of theirs to start from. */
export interface Attacked {
  readonly app: TestApp;
  readonly user: SignedInUser;
  readonly genuine: string;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  readonly key: SigningKey;
}

export async function attacked(algorithm: Algorithm = 'ES256'): Promise<Attacked> {
  const secret: Record<string, string> = algorithm === 'HS256' ? { JWT_SECRET: SECRET } : {};
  const app = await startApp({ env: { JWT_ALGORITHM: algorithm, ...secret } });
  const user = await aSignedInUser(app);
  const genuine = user.tokens.access_token;
  const [header, payload, signature] = genuine.split('.') as [string, string, string];
  return { app, user, genuine, header, payload, signature, key: app.nest.get(KeyRing).current };
}

/** What a protected route answers to a token. Anything but 200 and 401 is an accident. */
export async function outcome({ app }: Pick<Attacked, 'app'>, token: string): Promise<string> {
  const { status, body } = await app.http.get('/protected', { token });
  if (status === 200) return 'accepted';
  if (status !== 401) throw new Error(`The service answered ${status} to ${token}.`);
  return body.code as string;
}

/** Every forgery is refused as `invalid_token`, and the genuine token lives before and after. */
export async function expectAllRefused(target: Attacked, forgeries: Iterable<[string, string]>) {
  expect(await outcome(target, target.genuine)).toBe('accepted');
  const taken: string[] = [];
  let tried = 0;
  for (const [name, token] of forgeries) {
    if (token === target.genuine) throw new Error(`${name} is no forgery: it is the genuine token.`);
    const code = await outcome(target, token);
    if (code !== 'invalid_token') taken.push(`${name}: ${code}`);
    tried += 1;
  }
  expect(taken).toEqual([]);
  expect(tried).toBeGreaterThan(0);
  expect(await outcome(target, target.genuine)).toBe('accepted');
}

/** Signs texts as the service would: what is odd in them is then the only thing that can be refused. */
export function genuinelySigned(
  { key }: Attacked,
  header: string | Buffer,
  payload: string | Buffer,
): string {
  return signedText(`${encodeText(header)}.${encodeText(payload)}`, key.algorithm, key.signWith);
}

export function encodeText(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url');
}

export function textOf(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

/** Writes bytes that no HTTP client would send, and tells the status of what comes back. */
export async function sendBytes({ app }: Pick<Attacked, 'app'>, bytes: string): Promise<number> {
  const { hostname, port } = new URL(app.http.origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += String(text);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    // A server that has refused may close before it has read to the end.
    socket.on('error', (error) => (answer === '' ? reject(error) : undefined));
    socket.on('close', () => (answer === '' ? reject(new Error('closed without an answer')) : undefined));
    socket.write(bytes, 'latin1');
  });
}

/** A request for the protected route with these header lines, as they are. */
export function requestWith(...lines: string[]): string {
  return ['GET /protected HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n');
}
