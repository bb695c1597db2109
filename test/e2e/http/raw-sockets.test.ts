import { Controller, Module, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Public } from '../../../src/access/index.js';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

let reached = 0;

@Controller('reached')
class ReachedController {
  @Post()
  @Public()
  reach(): object {
    reached++;
    return {};
  }
}

@Module({ controllers: [ReachedController] })
class ReachedModule {}

const limits = {
  headersMilliseconds: 1_000,
  requestMilliseconds: 1_500,
  keepAliveMilliseconds: 300,
  idleMilliseconds: 5_000,
  checkEveryMilliseconds: 50,
};
/** What a busy machine may add to a time-out; far below the time-outs that would hold without ours. */
const LATE_MS = 4_000;

const app = await startApp({ modules: [ReachedModule], limits });
afterAll(() => app.stop());

const connections: RawConnection[] = [];
beforeEach(() => void (reached = 0));
afterEach(() => connections.splice(0).forEach((one) => one.close()));

function connection(bytes: string | Buffer = ''): RawConnection {
  const one = new RawConnection(app.http.origin);
  connections.push(one);
  return bytes === '' ? one : one.send(bytes);
}

const HEAD = 'POST /reached HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Sends a piece now and then, for ever: never idle, never done. */
function trickle(one: RawConnection, piece: string): () => void {
  const timer = setInterval(() => one.closed || one.send(piece), 60);
  return () => clearInterval(timer);
}

describe('time-outs', () => {
  it.each([
    ['says nothing', '', '', limits.headersMilliseconds],
    [
      'slowloris: headers without end',
      'GET / HTTP/1.1\r\nHost: x\r\n',
      'X: y\r\n',
      limits.headersMilliseconds,
    ],
    [
      'slowloris: one header without end',
      'GET / HTTP/1.1\r\nHost: x\r\nX: ',
      'y',
      limits.headersMilliseconds,
    ],
    ['a slow request line', 'GET /', 'x', limits.headersMilliseconds],
    ['empty lines', '\r\n', '\r\n', limits.headersMilliseconds],
    [
      'slow POST: a body byte by byte',
      `${HEAD}Content-Length: 60000\r\n\r\n{`,
      ' ',
      limits.requestMilliseconds,
    ],
    [
      'slow POST: chunk by chunk',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
      '1\r\n \r\n',
      limits.requestMilliseconds,
    ],
    ['a body that never comes', `${HEAD}Content-Length: 10\r\n\r\n`, '', limits.requestMilliseconds],
    [
      'a body nobody waits for',
      'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n',
      ' ',
      limits.requestMilliseconds,
    ],
  ])('who %s is cut off', async (_, start, piece, least) => {
    const one = connection(start);
    const stop = piece === '' ? () => undefined : trickle(one, piece);
    try {
      const lived = await one.hungUp();
      expect(lived).toBeGreaterThan(least - 50);
      expect(lived).toBeLessThan(least + LATE_MS);
      expect(one.statuses.filter((status) => ![404, 408].includes(status))).toEqual([]);
      expect(one.statuses.length).toBeLessThanOrEqual(1);
      expect(reached).toBe(0);
    } finally {
      stop();
    }
  });

  it('a connection that asks no more is closed, having served', async () => {
    const one = connection('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await one.answers(1);
    expect(one.statuses).toEqual([200]);
    // Node keeps a socket a second longer than it says, so that no request crosses the closing.
    expect(await one.hungUp()).toBeLessThan(limits.keepAliveMilliseconds + 1_000 + LATE_MS);
  });

  it('the others are served meanwhile', async () => {
    const slow = Array.from({ length: 50 }, () => connection('GET / HTTP/1.1\r\nHost: x\r\n'));
    expect((await app.http.get('/health/live')).status).toBe(200);
    await Promise.all(slow.map((one) => one.hungUp()));
  });
});

/** From Node 24 on it is Node that refuses them. */
const TOO_MANY_HEADERS = Number(process.versions.node.split('.')[0]) >= 24 ? 431 : 400;

describe('sizes', () => {
  it.each([
    ['a huge target', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['a huge query', `GET /protected?${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['a huge header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['a token of 1 MB', `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(1e6)}\r\n\r\n`, 431],
    ['many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: 0123456789\r\n'.repeat(1_500)}\r\n`, 431],
    [
      'many short headers',
      `GET /health/live HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(1_500)}\r\n`,
      TOO_MANY_HEADERS,
    ],
  ])('%s is refused', async (_, bytes, status) => {
    const one = connection(bytes);
    await one.answers(1);
    expect(one.statuses).toEqual([status]);
  });

  it('16 KiB of headers bound what a trickle can pile up, too', async () => {
    const one = connection('GET / HTTP/1.1\r\nHost: x\r\n');
    for (let n = 0; n < 20 && !one.closed; n++) one.send(`X-${n}: ${'x'.repeat(1_000)}\r\n`);
    await one.hungUp();
    expect(one.statuses).toEqual([431]);
  });

  it('a target just short of it is only not found', async () => {
    const one = connection(`GET /${'x'.repeat(15_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await one.answers(1);
    expect(one.statuses).toEqual([404]);
  });

  it('address spoofing: no header is dropped in silence behind a thousand others', async () => {
    const padding = 'a:\r\n'.repeat(1_200);
    const one = connection(
      `GET /health/live HTTP/1.1\r\nHost: x\r\n${padding}X-Forwarded-For: 1.2.3.4\r\n\r\n`,
    );
    await one.answers(1);
    expect(one.statuses).toEqual([TOO_MANY_HEADERS]);
  });

  it('chunk extensions are bounded', async () => {
    const one = connection(
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n \r\n0\r\n\r\n`,
    );
    await one.hungUp();
    expect(one.statuses.filter((status) => status < 400)).toEqual([]);
    expect(reached).toBe(0);
  });
});

/** Behind each, a request is smuggled that must never be answered. */
const SMUGGLED = 'POST /reached HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';

describe('request smuggling', () => {
  it.each([
    ['CL.TE', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG'],
    ['TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n'],
    ['TE.TE', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 2\r\n\r\n'],
    ['the same length twice', 'Content-Length: 0\r\nContent-Length: 0\r\n\r\n'],
    ['a list of lengths', 'Content-Length: 0, 0\r\n\r\n'],
    ['a signed length', 'Content-Length: +0\r\n\r\n'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a length in hexadecimal', 'Content-Length: 0x0\r\n\r\n'],
    ['a length beyond 64 bits', 'Content-Length: 18446744073709551616\r\n\r\n'],
    ['an empty length', 'Content-Length: \r\n\r\n'],
    ['a blank before the colon', 'Content-Length : 0\r\n\r\n'],
    ['a blank before the colon of TE', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['obs-fold', 'X: y\r\n Content-Length: 0\r\n\r\n'],
    ['obs-fold of TE', 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n'],
    ['a coding nobody knows', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunked that is not last', 'Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
    ['chunked behind a control character', 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n'],
    ['a bare line feed', 'X: y\nContent-Length: 0\r\n\r\n'],
    ['a bare carriage return', 'X: y\rContent-Length: 0\r\n\r\n'],
    ['NUL in a value', 'X: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['a name with a blank', 'X y: z\r\nContent-Length: 0\r\n\r\n'],
    ['no colon', 'X\r\nContent-Length: 0\r\n\r\n'],
    ['an empty name', ': x\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n'],
    ['a chunk size with 0x', 'Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n'],
    ['a negative chunk size', 'Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n'],
    ['a chunk size beyond 64 bits', 'Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n'],
    ['a chunk longer than it says', 'Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n'],
    ['a chunk ended by a bare line feed', 'Transfer-Encoding: chunked\r\n\r\n0\n\n'],
  ])('%s is refused, and what follows is not read', async (_, rest) => {
    const one = connection(Buffer.from(`${HEAD}${rest}${SMUGGLED}`, 'latin1'));
    await one.hungUp();
    expect(one.statuses).toEqual([400]);
    expect(reached).toBe(0);
  });

  it.each([
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['another protocol', 'GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('160301020001000000', 'hex')],
    ['a method in lower case', 'get /health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a blank in the target', 'GET /health /live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['NUL in the target', 'GET /health/live\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is refused', async (_, bytes) => {
    const one = connection(bytes);
    await one.hungUp();
    expect(one.statuses).toEqual([400]);
  });

  it('response queue poisoning: a body that breaks off behind its answer gets no second one', async () => {
    const one = connection('POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    await one.answers(1);
    one.send(`zz\r\n${SMUGGLED}`);
    await one.hungUp();
    expect(one.statuses).toEqual([404]);
    expect(reached).toBe(0);
  });
});

const GET = 'GET /health/live HTTP/1.1\r\nHost: x\r\n';

describe('headers that could be read in two ways: the refusal names them, in the language asked for', () => {
  it.each([
    ['two Hosts', 'Host: y\r\n', /more than one Host header\./, /Host 헤더가 두 개 이상/],
    [
      'two Authorizations',
      'Authorization: Bearer a\r\nauthorization: Bearer b\r\n',
      /more than one Authorization header\./,
      /Authorization 헤더가 두 개 이상/,
    ],
    ['200 headers', 'a:\r\n'.repeat(198), /fewer than 200 headers\./, /헤더는 200개 미만/],
  ])('%s', async (_, headers, english, korean) => {
    for (const [language, detail] of [['en', english] as const, ['ko', korean] as const]) {
      const one = connection(`${GET}Accept-Language: ${language}\r\n${headers}\r\n`).finish();
      await one.hungUp();
      const sent = Buffer.from(one.received, 'latin1').toString();
      const body = JSON.parse(sent.slice(sent.indexOf('\r\n\r\n'))) as { code: string; detail: string };
      expect([one.statuses, body.code]).toEqual([[400], 'malformed_request']);
      expect(body.detail).toMatch(detail);
      expect(body.detail).not.toContain('JSON');
    }
  });

  it('199 headers are read', async () => {
    const one = connection(`${GET}${'a:\r\n'.repeat(198)}\r\n`);
    expect((await one.answers(1)).statuses).toEqual([200]);
  });
});

describe('pipelining', () => {
  it('answers each in its order', async () => {
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const one = connection(ask('/health/ready') + ask('/nowhere') + ask('/protected') + ask('/health/live'));
    await one.answers(4);
    expect(one.statuses).toEqual([200, 404, 401, 200]);
  });

  it('a thousand at once are answered', async () => {
    const one = connection('GET /protected HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
    await one.answers(1_000);
    expect(new Set(one.statuses)).toEqual(new Set([401]));
  });

  it('a token is of its request, not of its connection', async () => {
    const ask = (more: string) => `GET /protected HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const one = connection(ask('Authorization: Bearer x\r\n') + ask(''));
    await one.answers(2);
    expect(one.received.match(/WWW-Authenticate: .*\r/gi)).toEqual([
      expect.stringContaining('error="invalid_token"'),
      expect.not.stringContaining('error'),
    ]);
  });
});

describe('what a client may ask of a connection', () => {
  it('an upgrade is not heard', async () => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: h2c\r\n';
    const one = connection(`GET /protected HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    await one.answers(1);
    expect(one.statuses).toEqual([401]);
  });

  it('CONNECT tunnels nowhere', async () => {
    const one = connection('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    await one.hungUp();
    expect(one.statuses).toEqual([]);
  });

  it('Expect: 100-continue is answered, another expectation is ignored', async () => {
    const one = connection(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
    await one.answers(1);
    one.send('{}');
    await one.answers(2);
    expect(one.statuses).toEqual([100, 201]);
    const other = connection(`${HEAD}Expect: x\r\nContent-Length: 0\r\n\r\n`);
    await other.answers(1);
    expect(other.statuses).toEqual([201]);
  });

  it('TRACE shows nobody their headers', async () => {
    const one = connection('TRACE /protected HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer planted\r\n\r\n');
    await one.answers(1);
    expect(one.statuses).toEqual([404]);
    expect(one.received).not.toContain('planted');
  });

  it('hanging up in the middle harms nobody', async () => {
    for (const bytes of ['GET', `${HEAD}`, `${HEAD}Content-Length: 9\r\n\r\n{`]) connection(bytes).close();
    for (const bytes of ['GET', `${HEAD}`, `${HEAD}Content-Length: 9\r\n\r\n{`]) connection(bytes).finish();
    expect((await app.http.get('/health/live')).status).toBe(200);
    expect(reached).toBe(0);
  });
});
