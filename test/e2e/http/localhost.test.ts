import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const limits = { headersMilliseconds: 300, requestMilliseconds: 400, checkEveryMilliseconds: 50 };
const app = await startApp({ host: 'localhost', limits });
afterAll(() => app.stop());
const { port } = new URL(app.http.origin);

const connections: RawConnection[] = [];
afterEach(() => connections.splice(0).forEach((one) => one.close()));

function connection(host: string, bytes: string, to = port): RawConnection {
  const one = new RawConnection(`http://${host}:${to}`);
  connections.push(one);
  return one.send(bytes);
}

const here = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
const ADDRESSES = ['127.0.0.1', ...(here.some(({ address }) => address === '::1') ? ['[::1]'] : [])];

describe.each(ADDRESSES)('localhost by its address %s', (address) => {
  it('serves', async () => {
    const one = connection(address, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await one.answers(1)).statuses).toEqual([200]);
  });

  it.each([
    ['what is no request', 'nonsense\r\n\r\n', 400],
    ['an unknown expectation', 'GET /protected HTTP/1.1\r\nHost: x\r\nExpect: evil\r\n\r\n', 401],
    ['headers that are too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['slowloris', 'GET / HTTP/1.1\r\nHost: x\r\nX: ', 408],
    ['a slow body', 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n', 408],
  ])('%s has the answer that every address gives', async (_, bytes, status) => {
    const one = await connection(address, bytes).answers(1);
    expect(one.statuses).toEqual([status]);
    expect(one.received.toLowerCase()).toContain('content-type: application/problem+json');
    expect(one.received.toLowerCase()).toContain('content-security-policy: ');
  });

  it('at the end lets nobody in, and finishes what is in flight', async () => {
    const stopping = await startApp({ host: 'localhost' });
    const own = new URL(stopping.http.origin).port;
    const login = '{"email":"nobody@example.com","password":"correct horse"}';
    const head = 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const one = connection(address, `${head}Content-Length: ${login.length}\r\n\r\n{`, own);
    const idle = connection(address, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n', own);
    await idle.answers(1);
    let stopped = false;
    const stop = stopping.stop().finally(() => (stopped = true));
    await idle.hungUp();
    for (const each of ADDRESSES) await connection(each, '', own).hungUp();
    expect([stopped, one.closed]).toEqual([false, false]);
    one.send(login.slice(1));
    await stop;
    expect(one.statuses).toEqual([401]);
  });
});
