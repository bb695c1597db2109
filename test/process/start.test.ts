import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Api } from './support/api.js';
import { residentBytes, NODE_24_ALLOWANCE_BYTES, type Program } from './support/program.js';
import { pause, until } from '../support/until.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const RESIDENT_LIMIT_BYTES = 320 * 1024 * 1024 + NODE_24_ALLOWANCE_BYTES;

afterEach(() => stage.end());
afterAll(() => stage.remove());

const here = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
const LOOPBACK = ['127.0.0.1', '::1'].filter((address) => here.some((one) => one.address === address));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const secretOf = (dataDir: string) => readFileSync(join(dataDir, 'secret_key'), 'utf8').trim();

/** Counted where there is a /proc to count in. */
async function expectSmall(service: Program): Promise<void> {
  if (process.platform !== 'linux') return;
  expect(residentBytes(service.pid)).toBeGreaterThan(50 * 1024 * 1024);
  // What starting took is given back when it is collected: on a busy machine some seconds later.
  const small = () => residentBytes(service.pid) < RESIDENT_LIMIT_BYTES;
  expect(await until(small, 10_000)).toBe(true);
  await pause(500);
  expect(small()).toBe(true);
}

describe('a start', () => {
  const dataDir = stage.dataDir();
  const env = { DATA_DIR: dataDir };

  it('on a fresh directory tells what it made, stays small, and keeps the secret private', async () => {
    const service = stage.service(env);
    const origin = await service.ready();
    await expectSmall(service);
    const { port } = new URL(origin);
    expect(service.stdout).toContain(`docs       http://localhost:${port}/docs`);
    expect(service.stdout).toContain(`issuer     http://localhost:${port}`);
    expect(service.stdout).toMatch(/database {3}embedded PostgreSQL \(PGlite\), \S+\/pglite, made now\n/);
    expect(service.stdout).toMatch(/migrations \d+ applied\n/);
    expect(service.stdout).toContain(`secret     made now: ${join(dataDir, 'secret_key')}`);
    const api = new Api(origin);
    const keys = (await api.get('/.well-known/jwks.json')).body.keys as { kid: string }[];
    const kid = /keys {7}ES256, (\S+), made now\n/.exec(service.stdout)?.[1];
    expect(keys.map((key) => key.kid)).toContain(kid);
    expect((await api.get('/docs')).status).toBe(200);
    expect((await api.register('first@example.com')).status).toBe(201);
    expect(modeOf(dataDir)).toBe('700');
    for (const name of ['secret_key', 'lock', 'control.sock']) {
      expect([name, modeOf(join(dataDir, name))]).toEqual([name, '600']);
    }
    expect(service.stdout + service.stderr).not.toContain(secretOf(dataDir));
  });

  it('on an existing directory finds keys, secret and users again, and stays small', async () => {
    const secret = secretOf(dataDir);
    const first = stage.service(env);
    const before = await new Api(await first.ready()).get('/.well-known/jwks.json');
    first.signal('SIGTERM');
    await first.ended();
    const second = stage.service(env);
    const api = new Api(await second.ready());
    await expectSmall(second);
    expect(second.stdout).not.toContain('made now');
    expect(second.stdout).not.toContain('migrations');
    expect(secretOf(dataDir)).toBe(secret);
    expect((await api.get('/.well-known/jwks.json')).body).toEqual(before.body);
    expect((await api.login('first@example.com')).status).toBe(200);
    expect((await api.login('first@example.com', 'wrong password, all the same')).status).toBe(401);
  });

  it('listens at both addresses of localhost, and where the port is in use at one of them says so', async () => {
    let taken = '';
    for (const address of LOOPBACK) {
      const other = createServer().listen(0, address);
      await once(other, 'listening');
      taken = String((other.address() as AddressInfo).port);
      const { code, stdout, stderr } = await stage.service({ ...env, PORT: taken }).ended();
      other.close();
      expect(code).toBe(1);
      expect(stderr).toBe(
        `Port ${taken} is in use. Stop what listens there, or choose another with PORT, or METRICS_PORT (0 picks a free one).\n`,
      );
      expect(stdout).not.toContain('Sumun is ready');
    }
    const { port } = new URL(await stage.service({ ...env, PORT: taken }).ready());
    expect(port).toBe(taken);
    for (const address of LOOPBACK) {
      const host = address.includes(':') ? `[${address}]` : address;
      expect((await new Api(`http://${host}:${port}`).get('/health/live')).status).toBe(200);
    }
  });
});

describe('two starts on one directory', () => {
  it('at the very same moment, and a fresh directory: exactly one serves', async () => {
    const dataDir = stage.dataDir();
    const both = [stage.service({ DATA_DIR: dataDir }), stage.service({ DATA_DIR: dataDir })];
    const outcomes = await Promise.allSettled(both.map((service) => service.ready()));
    const serving = both.filter((_, n) => outcomes[n]!.status === 'fulfilled');
    const refused = both.filter((_, n) => outcomes[n]!.status === 'rejected');
    expect([serving.length, refused.length]).toEqual([1, 1]);
    const { code, stderr } = await refused[0]!.ended();
    expect([code, stderr]).toEqual([75, expect.stringContaining(dataDir)]);
    const api = new Api(await serving[0]!.ready());
    expect((await api.register('one@example.com')).status).toBe(201);
    expect((await api.login('one@example.com')).status).toBe(200);
  });

  it('one after the other: the second says who holds it, the first is unharmed', async () => {
    const dataDir = stage.preparedDataDir();
    const first = stage.service({ DATA_DIR: dataDir });
    const api = new Api(await first.ready());
    expect((await api.register('one@example.com')).status).toBe(201);
    const token = await api.token('one@example.com');
    const lock = readFileSync(join(dataDir, 'lock'), 'utf8');
    const { code, stdout, stderr } = await stage.service({ DATA_DIR: dataDir }).ended();
    expect(code).toBe(75);
    expect(stdout).toBe('');
    expect(stderr).toContain(`The embedded database in ${dataDir} is in use by process ${first.pid} `);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(join(dataDir, 'lock'), 'utf8')).toBe(lock);
    expect(existsSync(join(dataDir, 'control.sock'))).toBe(true);
    expect((await api.get('/protected', token)).status).toBe(200);
    expect((await api.register('two@example.com')).status).toBe(201);
    expect((await api.login('two@example.com')).status).toBe(200);
    expect(first.running).toBe(true);
  });
});
