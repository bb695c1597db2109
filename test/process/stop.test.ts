import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Api, PASSWORD } from './support/api.js';
import { pause, until } from '../support/until.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const dataDir = stage.preparedDataDir();

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** A request whose body the caller sends piece by piece. */
class SlowLogin {
  private received = '';
  private readonly socket: Socket;
  private readonly closed: Promise<unknown>;
  private readonly body = JSON.stringify({ email: 'slow@example.com', password: PASSWORD });

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.socket = connect(Number(port), hostname);
    this.closed = once(this.socket, 'close');
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    this.socket.write(
      `POST /auth/login HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${this.body.length}\r\n\r\n${this.body.slice(0, 10)}`,
    );
  }

  async finish(): Promise<string> {
    this.socket.write(this.body.slice(10));
    await Promise.race([this.closed, pause(10_000)]);
    return this.received;
  }
}

async function isRefused(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('unready at once, served on for the delay, then what is in flight is finished: exit 0', async () => {
    const service = stage.service({ DATA_DIR: dataDir, SHUTDOWN_DELAY: '1s' });
    const origin = await service.ready();
    const keptAlive = new Agent({ keepAlive: true });
    const api = new Api(origin, keptAlive);
    await api.register('slow@example.com');
    const token = await api.token('slow@example.com');
    expect((await api.get('/health/ready')).status).toBe(200);
    const slow = new SlowLogin(origin);
    await pause(100);

    const told = Date.now();
    service.signal(signal);
    expect(await until(async () => (await api.get('/health/ready')).status === 503, 500)).toBe(true);
    expect((await api.get('/health/live')).status).toBe(200);
    expect((await new Api(origin).get('/protected', token)).status).toBe(200);
    service.signal(signal);
    expect(Date.now() - told).toBeLessThan(1_000);

    expect(await until(() => isRefused(origin))).toBe(true);
    expect(Date.now() - told).toBeGreaterThanOrEqual(950);
    expect(service.running).toBe(true);
    service.signal(signal);
    expect(await slow.finish()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"access_token":"ey/);
    const { code, signal: killedBy, stderr } = await service.ended(5_000);
    expect([code, killedBy, stderr]).toEqual([0, null, '']);
    expect(readFileSync(join(dataDir, 'lock'), 'utf8')).toBe('');
    expect(existsSync(join(dataDir, 'control.sock'))).toBe(false);
    keptAlive.destroy();
  });
});

it('without a delay, a password check under way is answered', async () => {
  // Passes enough that the check is still under way when the signal comes.
  const service = stage.service({ DATA_DIR: dataDir, PASSWORD_HASH_TIME: '30' });
  const origin = await service.ready();
  const login = new Api(origin).login('nobody@example.com');
  await pause(100);
  service.signal('SIGTERM');
  expect(await until(() => isRefused(origin), 5_000)).toBe(true);
  expect(await login).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  expect((await service.ended(5_000)).code).toBe(0);
});

it('while it is still starting, ends it, and the next start serves', async () => {
  const service = stage.service({ DATA_DIR: dataDir });
  const lock = join(dataDir, 'lock');
  expect(await until(() => readFileSync(lock, 'utf8') !== '')).toBe(true);
  service.signal('SIGTERM');
  const { code, stdout, stderr } = await service.ended(10_000);
  expect([code, stdout, stderr]).toEqual([0, '', '']);
  const next = new Api(await stage.service({ DATA_DIR: dataDir }).ready());
  expect((await next.get('/health/ready')).status).toBe(200);
});
