import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../../src/access/index.js';
import { Log } from '../../../src/platform/logging/index.js';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

interface Seen {
  readonly ip: string;
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
}

/** What was seen of a client that had hung up by then. */
const seenLate: Promise<string>[] = [];

@Controller('seen')
class SeenController {
  @Get('late')
  @Public()
  async late(@Req() request: FastifyRequest): Promise<string> {
    const late = once(request.raw.socket, 'close').then(() => request.ip);
    seenLate.push(late);
    return late;
  }

  @Get()
  @Public()
  seen(@Req() { ip, protocol, host, hostname }: Seen): Seen {
    return { ip, protocol, host, hostname };
  }
}

@Module({ controllers: [SeenController] })
class SeenModule {}

const modules = [SeenModule];
const direct = await startApp({ modules });
const behind = await startApp({ modules, env: { TRUSTED_PROXIES: '127.0.0.0/8, ::1, 10.0.0.0/8' } });
afterAll(() => Promise.all([direct.stop(), behind.stop()]));

async function seen(app: TestApp, headers: Record<string, string | string[]>): Promise<Seen> {
  const answer = await fetchRaw(app, headers);
  return JSON.parse(answer) as Seen;
}

/** Past the client that holds answers against the document, which knows nothing of this route. */
async function fetchRaw(app: TestApp, headers: Record<string, string | string[]>): Promise<string> {
  const answer = await app.nest.inject({ method: 'GET', url: '/seen', headers, remoteAddress: '127.0.0.1' });
  return answer.body;
}

describe('a peer that nobody trusts', () => {
  it.each([
    'X-Forwarded-For',
    'Forwarded',
    'X-Real-IP',
    'X-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Cluster-Client-IP',
  ])('address spoofing by %s', async (name) => {
    expect((await seen(direct, { [name]: '203.0.113.9' })).ip).toBe('127.0.0.1');
  });

  it('scheme and host spoofing', async () => {
    const headers = {
      Host: 'auth.test',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'for=203.0.113.9;proto=https;host=evil.example',
    };
    expect(await seen(direct, headers)).toEqual({
      ip: '127.0.0.1',
      protocol: 'http',
      host: 'auth.test',
      hostname: 'auth.test',
    });
  });
});

describe('a client that hangs up before its answer', () => {
  it('is no less counted and told of by its own address', async () => {
    for (const [app, headers, expected] of [
      [direct, '', '127.0.0.1'],
      [behind, 'X-Forwarded-For: 203.0.113.9\r\n', '203.0.113.9'],
    ] as const) {
      const connection = new RawConnection(await app.nest.getUrl());
      connection.send(`GET /seen/late HTTP/1.1\r\nHost: auth.test\r\n${headers}\r\n`);
      for (let n = 0; n < 1000 && seenLate.length === 0; n += 1)
        await new Promise((resolve) => setTimeout(resolve, 5));
      connection.close();
      expect(await seenLate.pop()).toBe(expected);
    }
  });
});

describe('a client that is gone before its connection is accepted', () => {
  /** Sends all of a request and a reset, while this thread, and the service with it, stands still. */
  function sendAndReset(origin: string, request: string): void {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { workerData: { port, request, done } } = require('node:worker_threads');
       const socket = require('node:net').connect(port, '127.0.0.1', () =>
         socket.write(request, () => socket.resetAndDestroy()));
       socket.on('close', () => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); });`,
      { eval: true, workerData: { port: Number(new URL(origin).port), request, done } },
    );
    expect(Atomics.wait(done, 0, 0, 10_000)).not.toBe('timed-out');
    worker.unref();
  }

  it('a whole request and a reset: has no address any more, and is not served as nobody', async () => {
    const origin = await direct.nest.getUrl();
    const body = JSON.stringify({ email: 'nobody@example.com', password: 'x' });
    sendAndReset(
      origin,
      `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    // Accepted behind it, and served after it.
    await direct.http.post('/auth/login', { email: 'somebody@example.com', password: 'x' });
    const rows = await direct.sql(`SELECT email, ip FROM audit_events WHERE type = 'auth.login_refused'`);
    expect(rows).toEqual([{ email: 'somebody@example.com', ip: '127.0.0.1' }]);
  });
});

describe('a trusted proxy', () => {
  it.each<[string, Record<string, string | string[]>, Partial<Seen>]>([
    ['the client', { 'X-Forwarded-For': '203.0.113.9' }, { ip: '203.0.113.9' }],
    ['a port stripped', { 'X-Forwarded-For': '203.0.113.9:4711' }, { ip: '203.0.113.9' }],
    ['spoofing by the client', { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9' }, { ip: '203.0.113.9' }],
    [
      'spoofing by a header of its own before the proxy’s',
      { 'X-Forwarded-For': ['198.51.100.1', '203.0.113.9, 10.0.0.2'] },
      { ip: '203.0.113.9' },
    ],
    ['the scheme', { 'X-Forwarded-Proto': 'https' }, { protocol: 'https' }],
    ['no scheme that is none', { 'X-Forwarded-Proto': 'javascript' }, { protocol: 'http' }],
    [
      'never X-Forwarded-Host',
      { Host: 'auth.test', 'X-Forwarded-Host': 'evil.example' },
      { host: 'auth.test' },
    ],
    [
      'never Forwarded',
      { Forwarded: 'for=203.0.113.9;proto=https;host=evil.example' },
      { ip: '127.0.0.1', protocol: 'http' },
    ],
    ['never X-Real-IP', { 'X-Real-IP': '203.0.113.9' }, { ip: '127.0.0.1' }],
  ])('%s', async (_, headers, expected) => {
    expect(await seen(behind, headers)).toMatchObject(expected);
  });

  it('the session remembers the client, not the proxy', async () => {
    const { email } = await aSignedInUser(behind);
    const headers = { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9:4711, 10.0.0.2' };
    const login = { email, password: PASSWORD };
    expect((await behind.http.post('/auth/login', login, { headers })).status).toBe(200);
    const rows = await behind.sql<{ ip: string }>('SELECT ip FROM sessions ORDER BY ip');
    expect(rows.map(({ ip }) => ip)).toEqual(['127.0.0.1', '203.0.113.9']);
  });
});

describe('the issuer', () => {
  it.each(['Host', 'X-Forwarded-Host', 'Forwarded', 'X-Forwarded-Proto'])(
    'host header poisoning by %s changes no address in discovery',
    async (name) => {
      for (const app of [direct, behind]) {
        const path = '/.well-known/oauth-authorization-server';
        const headers = { [name]: name === 'Forwarded' ? 'host=evil.example;proto=https' : 'evil.example' };
        expect((await app.http.get(path, { headers })).body).toEqual((await app.http.get(path)).body);
      }
    },
  );
});

describe('an untrusted peer that sends X-Forwarded-For', () => {
  const warnings: [object, string][] = [];
  const production = {
    NODE_ENV: 'production',
    RATE_LIMITS: 'on',
    ISSUER: 'https://auth.example.com',
    EMBEDDED_DATABASE: 'allow',
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64url'),
    PASSWORD_HASH_MEMORY: '7168',
    TRUSTED_PROXIES: '10.0.0.0/8',
  };

  async function ask(app: TestApp, remoteAddress: string): Promise<void> {
    const headers = { 'X-Forwarded-For': '203.0.113.9' };
    await app.nest.inject({ method: 'GET', url: '/seen', headers, remoteAddress });
  }

  function listen(app: TestApp): void {
    warnings.length = 0;
    app.nest.get(Log).warn = (fields, message) => void warnings.push([fields, message]);
  }

  it('is warned of in production: once a peer, a bounded number of them', async () => {
    const app = await startApp({ modules, env: production });
    try {
      listen(app);
      await ask(app, '10.1.2.3');
      await app.nest.inject({ method: 'GET', url: '/seen', remoteAddress: '192.0.2.1' });
      expect(warnings).toEqual([]);
      for (const peer of ['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1']) await ask(app, peer);
      expect(warnings.map(([fields]) => fields)).toEqual([{ peer: '192.0.2.1' }, { peer: '2001:db8::1' }]);
      expect(warnings[0]![1]).toContain('TRUSTED_PROXIES');
      for (let n = 0; n < 200; n++) await ask(app, `198.51.100.${n}`);
      expect(warnings.length).toBe(32);
    } finally {
      await app.stop();
    }
  });

  it('is not warned of in development', async () => {
    listen(direct);
    await ask(direct, '192.0.2.1');
    expect(warnings).toEqual([]);
  });
});
