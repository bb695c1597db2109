import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { claimsOf, encode, headerOf, signed } from '../builders/access-tokens.js';
import type { Json } from '../support/answer.js';
import { freePort } from '../support/free-port.js';
import { findHaproxy, findPython } from './support/installed.js';
import {
  forgeriesOf,
  ISSUER,
  issueTokens,
  pemOf,
  sharedSecret,
  signIn,
  type Issued,
} from './support/issued-tokens.js';
import { ROOT, type Program } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const EXAMPLES = join(ROOT, 'examples', 'haproxy');
const CONFIGURATION = readFileSync(join(EXAMPLES, 'haproxy.cfg'), 'utf8');
const KEY_FILES = [0, 1, 2, 3].map((n) => `key-${n}.pem`);

/** Undefined where they are missing; on the CI machine that fails. */
const haproxy = findHaproxy();
const python = findPython();

const stage = new Stage();
/** The service behind it: answers who it was told is calling. */
const behind = createServer((asked, answer) => answer.end(String(asked.headers['x-user-id'])));

beforeAll(async () => {
  behind.listen(0, '127.0.0.1');
  await once(behind, 'listening');
});
afterAll(async () => {
  await stage.end();
  stage.remove();
  behind.close();
});

interface Proxy {
  readonly keys: string;
  readonly program: Program;
  /** The status that it answers, and the body where that is 200, else the challenge. */
  ask(token?: string, headers?: Record<string, string | string[]>): Promise<[number, string]>;
}

/** HAProxy with the configuration as printed but for ports and paths; started when its keys are there. */
async function startProxy(keys: string, configuration = CONFIGURATION): Promise<Proxy> {
  const port = await freePort();
  const backend = (behind.address() as AddressInfo).port;
  const folder = stage.folder();
  const file = join(folder, 'haproxy.cfg');
  const here = configuration
    .replaceAll('/etc/haproxy/sumun', keys)
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replace('127.0.0.1:8081', `127.0.0.1:${backend}`);
  writeFileSync(file, here);
  const program = stage.program(haproxy!, ['-db', '-f', file]);
  await program.listening(port);
  const ask: Proxy['ask'] = (token, headers) =>
    new Promise((resolve, reject) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const asked = request({
        port,
        host: '127.0.0.1',
        agent: false,
        headers: { ...authorization, ...headers },
      });
      asked.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        const status = response.statusCode!;
        const told = status === 200 ? () => text : () => String(response.headers['www-authenticate']);
        response.on('end', () => resolve([status, told()]));
      });
      asked.end();
    });
  return { keys, program, ask };
}

const exported = (url: string, folder: string) =>
  stage.program(python!, [join(EXAMPLES, 'export-keys.py'), url, folder]).ended();

(haproxy && python ? describe : describe.skip)('HAProxy in front of an API', () => {
  let issued: Issued;
  let proxy: Proxy;
  let jwksUrl: string;

  beforeAll(async () => {
    issued = await issueTokens(stage, {});
    jwksUrl = new URL('/.well-known/jwks.json', issued.api.origin).href;
    const keys = stage.folder();
    expect(await exported(jwksUrl, keys)).toMatchObject({ code: 0, stdout: 'changed\n', stderr: '' });
    proxy = await startProxy(keys);
  });

  it('lets in who has signed in, and tells the API who it is, whatever the client says', async () => {
    const { sub } = claimsOf(issued.token);
    expect(await proxy.ask(issued.token)).toEqual([200, sub]);
    expect(await proxy.ask(issued.token, { 'x-user-id': 'admin' })).toEqual([200, sub]);
  });

  it('refuses every attack', async () => {
    expect(await proxy.ask()).toEqual([401, 'Bearer']);
    const forgeries = {
      ...forgeriesOf(issued),
      'HS256 with the path of the key for its secret': sharedSecret(
        issued.token,
        join(proxy.keys, 'key-0.pem'),
      ),
    };
    for (const [attack, forged] of Object.entries(forgeries))
      expect([attack, ...(await proxy.ask(forged))]).toEqual([attack, 401, 'Bearer']);
    expect((await proxy.ask(issued.token))[0]).toBe(200);
  });

  it('two Authorization headers: the API might read the one that was not judged', async () => {
    const bearer = `Bearer ${issued.token}`;
    for (const authorization of [
      [bearer, 'Bearer x'],
      ['Bearer x', bearer],
      [bearer, bearer],
    ])
      expect(await proxy.ask(undefined, { authorization })).toEqual([401, 'Bearer']);
  });

  it('verifies what the next key signs, and refuses a revoked one from the next export on', async () => {
    const kid = String(headerOf(issued.token)['kid']);
    const env = { DATA_DIR: issued.dataDir, ISSUER };
    expect(await stage.command(['keys:revoke', kid], { env }).ended()).toMatchObject({ code: 0 });
    const token = await signIn(issued);
    expect(headerOf(token)['kid']).not.toBe(kid);
    expect((await proxy.ask(token))[0]).toBe(200);
    // The documented limit: it has the key still.
    expect((await proxy.ask(issued.token))[0]).toBe(200);
    expect((await exported(jwksUrl, proxy.keys)).stdout).toBe('changed\n');
    expect((await exported(jwksUrl, proxy.keys)).stdout).toBe('unchanged\n');
    const reloaded = await startProxy(proxy.keys);
    expect((await reloaded.ask(token))[0]).toBe(200);
    expect((await reloaded.ask(issued.token))[0]).toBe(401);
  });

  it('does not see that a session was ended: the documented limit, until exp', async () => {
    const token = await signIn(issued);
    const latest = await startProxy(proxy.keys);
    expect((await issued.api.ask('POST', '/auth/logout', undefined, token)).status).toBe(204);
    expect((await latest.ask(token))[0]).toBe(200);
  });

  it('export-keys.py leaves the files as they were where the service is away', async () => {
    const before = KEY_FILES.map((name) => readFileSync(join(proxy.keys, name), 'utf8'));
    const { code } = await exported('http://127.0.0.1:1/', proxy.keys);
    expect(code).not.toBe(0);
    expect(KEY_FILES.map((name) => readFileSync(join(proxy.keys, name), 'utf8'))).toEqual(before);
  });
});

/** Keys of the test's own sign what the service never would. */
(haproxy ? describe : describe.skip)('each line of haproxy.cfg is needed', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = join(stage.folder(), 'sumun');
  const now = Math.floor(Date.now() / 1000);
  const header: Record<string, Json> = { alg: 'ES256', typ: 'at+jwt' };
  const claims: Record<string, Json> = { iss: ISSUER, aud: ISSUER, sub: 'kim', exp: now + 600 };
  const genuine = token({});

  function token(
    changed: Record<string, Json>,
    head: Record<string, Json> = {},
    key: KeyObject = privateKey,
  ) {
    return signed({ ...header, ...head }, { ...claims, ...changed }, 'ES256', key);
  }

  beforeAll(() => {
    mkdirSync(keys);
    for (const name of KEY_FILES) writeFileSync(join(keys, name), pemOf(publicKey.export({ format: 'jwk' })));
  });
  afterEach(() => stage.end());

  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const endless = { iss: ISSUER, aud: ISSUER, sub: 'kim' };
  const twice = [`Bearer ${genuine}`, `Bearer ${genuine}`];
  /** What it is, the part by which its line is found, and what is sent. */
  const attacks = [
    { attack: 'two headers', line: 'fhdr_cnt(authorization)', authorization: twice },
    {
      attack: 'HS256 by the path',
      line: 'txn.alg) -m',
      token: sharedSecret(genuine, join(keys, 'key-1.pem')),
    },
    { attack: 'another key', line: 'unless genuine', token: token({}, {}, other) },
    { attack: 'no access token', line: '$.typ', token: token({}, { typ: 'JWT' }) },
    { attack: 'another issuer', line: '$.iss', token: token({ iss: 'https://evil.example.com' }) },
    { attack: 'another audience', line: '$.aud', token: token({ aud: 'https://other.example.com' }) },
    { attack: 'past its exp', line: 'txn.exp),sub', token: token({ exp: now - 1 }) },
    { attack: 'no exp', line: 'txn.exp),sub', token: signed(header, endless, 'ES256', privateKey) },
  ].map(({ attack, line, token, authorization = [`Bearer ${token}`] }) => ({ attack, line, authorization }));

  it('as printed it lets in the genuine token, and nothing else', async () => {
    const { ask } = await startProxy(keys);
    expect(await ask(genuine)).toEqual([200, 'kim']);
    for (const { attack, authorization } of attacks)
      expect([attack, (await ask(undefined, { authorization }))[0]]).toEqual([attack, 401]);
    const unsigned = `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`;
    expect((await ask(unsigned))[0]).toBe(401);
  });

  it.each(attacks)('$attack passes without the line on $line', async ({ line, authorization }) => {
    const lines = CONFIGURATION.split('\n');
    const fewer = lines.filter((each) => !(each.includes('http-request deny') && each.includes(line)));
    expect(fewer).toHaveLength(lines.length - 1);
    const { ask } = await startProxy(keys, fewer.join('\n'));
    expect((await ask(undefined, { authorization }))[0]).toBe(200);
  });
});

describe('docs/other-verifiers.md', () => {
  it('shows haproxy.cfg as it runs here', () => {
    const text = readFileSync(join(ROOT, 'docs', 'other-verifiers.md'), 'utf8');
    expect(/^```haproxy\n([^]*?)^```$/m.exec(text)![1]).toBe(CONFIGURATION);
  });
});
