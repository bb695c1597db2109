import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  Body,
  Controller,
  Get,
  Header,
  HttpException,
  Module,
  Param,
  Post,
  Res,
  type ArgumentsHost,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MinLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { DatabaseUnavailable } from '../database/index.js';
import { Log, NestLogger } from '../logging/index.js';
import { defineProblem } from '../problem/index.js';
import { createHttpAdapter, installHttp, Localize, NotFound, type LocalizeText } from './index.js';
import { ProblemFilter } from './problem.filter.js';

class Thing {
  @MinLength(3, { context: { code: 'password_too_common', message: { en: 'Common.', ko: '흔합니다.' } } })
  word: string;
}

@Controller()
class ProblemsController {
  @Post('things')
  create(@Body() thing: Thing): object {
    return thing;
  }

  @Get('things/:id')
  one(@Param('id') id: string): object {
    return { id };
  }

  @Get('hello')
  @Header('Vary', 'Origin')
  hello(@Localize() text: LocalizeText): object {
    return { message: text({ en: 'Hello', ko: '안녕하세요' }) };
  }

  @Get('fault')
  @Header('Cache-Control', 'public, max-age=3600')
  fault(): never {
    throw Object.assign(new Error('select secret from /srv/app'), { code: 'ETEAPOT', statusCode: 418 });
  }

  @Get('challenge')
  challenge(): never {
    throw NotFound({ headers: { 'WWW-Authenticate': 'Bearer' }, logDetail: 'hidden detail' });
  }

  @Get('nest/:status')
  nest(@Param('status') status: string): never {
    throw new HttpException('hidden words', Number(status));
  }

  @Get('away')
  away(): never {
    throw new DatabaseUnavailable('connect ECONNREFUSED 127.0.0.1:5432');
  }

  @Get('mail')
  mail(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:25'), { code: 'ECONNREFUSED' });
  }

  @Get('sent')
  sent(@Res() reply: FastifyReply): never {
    void reply.send({ first: true });
    throw new Error('after the answer');
  }
}

const CLASH = { en: 'Clash', ko: '충돌' };
defineProblem({ code: 'conflict', status: 409, title: CLASH, detail: CLASH });

const lines: string[] = [];
const log = new Log('info', { write: (line: string) => void lines.push(line) });

@Module({ controllers: [ProblemsController], providers: [{ provide: Log, useValue: log }] })
class TestModule {}

let app: NestFastifyApplication;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(TestModule, createHttpAdapter(), {
    bodyParser: false,
    logger: new NestLogger(new Log('silent')),
  });
  installHttp(app);
  await app.listen(0, '127.0.0.1');
});

afterAll(() => app.close());

function get(url: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'GET', url, headers });
}

/** Over a real socket: what the test client of the framework shows of HEAD is not what is sent. */
async function wire(method: string, url: string): Promise<{ head: string; body: string }> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.end(`${method} ${url} HTTP/1.1\r\nHost: a\r\nX-Request-Id: 1\r\nConnection: close\r\n\r\n`);
  const [head, body] = (await text(socket)).split('\r\n\r\n');
  return { head: head!.replace(/\r\nDate: .*/i, ''), body: body! };
}

interface ProblemAnswer {
  code: string;
  detail: string;
  errors?: Array<{ field: string; code: string; message: string }>;
}

describe('problems', () => {
  it('has the members of RFC 9457 and of the contract, in its order', async () => {
    const answer = await get('/nowhere?token=secret', { 'x-request-id': 'abc.1' });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(Object.entries(answer.json<object>())).toEqual([
      ['type', 'urn:sumun:problem:not_found'],
      ['title', 'Not found'],
      ['status', 404],
      ['detail', 'There is nothing here.'],
      ['instance', '/nowhere'],
      ['code', 'not_found'],
      ['request_id', 'abc.1'],
    ]);
  });

  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['ko', 'ko'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8', 'ko'],
    ['en;q=0.5, ko;q=0.9', 'ko'],
    ['fr, ko;q=0.1', 'ko'],
    ['ko;q=0', 'en'],
    ['ko;q=0.1, en', 'en'],
    // RFC 9110 §12.5.4: among equals the order may tell which is preferred.
    ['ko-KR;q=0.8, en;q=0.8', 'ko'],
    ['en;q=0.8, ko-KR;q=0.8', 'en'],
    ['ko-KR, en', 'ko'],
    ['fr, KO-kr;q=0.5, *;q=0.1', 'ko'],
    ['en;q=0, *', 'ko'],
    ['*, ko;q=0.5', 'en'],
    ['korean, en', 'en'],
    [';;;,=q', 'en'],
  ])('Accept-Language %p is answered in %s', async (header, language) => {
    const answer = await get('/nowhere', header === undefined ? {} : { 'accept-language': header });
    expect(answer.headers).toMatchObject({ 'content-language': language, vary: 'Accept-Language' });
    expect(answer.json<{ title: string }>().title).toBe(language === 'ko' ? '찾을 수 없음' : 'Not found');
  });

  it("tells a field's message in the caller's language", async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/things',
      payload: { word: 'ab' },
      headers: { 'accept-language': 'ko' },
    });
    expect(answer.json<ProblemAnswer>().errors![0]!.message).toBe('흔합니다.');
  });

  it('appends to Vary instead of replacing it', async () => {
    const answer = await get('/hello', { 'accept-language': 'ko' });
    expect(answer.json()).toEqual({ message: '안녕하세요' });
    expect(answer.headers).toMatchObject({ vary: 'Origin, Accept-Language', 'content-language': 'ko' });
  });

  it('leaks nothing of a fault, does not believe its status, does not let it be cached, and logs it', async () => {
    lines.length = 0;
    const answer = await get('/fault');
    expect(answer.statusCode).toBe(500);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json<ProblemAnswer>().code).toBe('internal_error');
    expect(answer.body).not.toMatch(/select|srv|Error:|\bat /);
    const logged = JSON.parse(lines.join('')) as { request_id: string; err: { stack: string } };
    expect(logged.request_id).toBe(answer.headers['x-request-id']);
    expect(logged.err.stack).toContain('select secret');
  });

  it('answers service_unavailable with Retry-After while the database is away', async () => {
    const answer = await get('/away');
    expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([503, 'service_unavailable']);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.body).not.toContain('5432');
    expect((await get('/mail')).json<ProblemAnswer>().code).toBe('internal_error');
  });

  it.each([
    [400, 400, 'validation_failed'],
    [404, 404, 'not_found'],
    [409, 409, 'conflict'],
    [410, 400, 'malformed_request'],
    [500, 500, 'internal_error'],
    [503, 503, 'service_unavailable'],
  ])(
    "the framework's own exception of status %i becomes %i %s, and its words stay here",
    async (thrown, status, code) => {
      const answer = await get(`/nest/${thrown}`);
      expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([status, code]);
      expect(answer.body).not.toContain('hidden');
    },
  );

  it("carries a problem's headers, and keeps what is for the log from the caller", async () => {
    const answer = await get('/challenge');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).not.toContain('hidden');
  });

  it('does nothing when the answer is already on its way, but tells the log', async () => {
    lines.length = 0;
    const answer = await get('/sent');
    expect([answer.statusCode, answer.json()]).toEqual([200, { first: true }]);
    expect(lines.join('')).toContain('after the answer');
    const reply = { sent: true };
    const host = { switchToHttp: () => ({ getRequest: () => ({ id: '1' }), getResponse: () => reply }) };
    new ProblemFilter(log).catch(new Error('late'), host as unknown as ArgumentsHost);
    expect(reply).toEqual({ sent: true });
  });

  it.each(['/nowhere', '/challenge', '/fault', '/hello'])(
    'HEAD %s answers as GET would, without a body',
    async (url) => {
      const [head, get] = [await wire('HEAD', url), await wire('GET', url)];
      expect(head.body).toBe('');
      expect(head.head).toBe(get.head);
      expect(get.body.length).toBeGreaterThan(0);
    },
  );

  it.each<[string, number, string]>([
    ['/%', 400, 'malformed_request'],
    ['/things/%ff', 400, 'malformed_request'],
    [`/things/${'a'.repeat(101)}`, 404, 'not_found'],
    ['/Things', 404, 'not_found'],
    ['/things/', 404, 'not_found'],
    ['//things', 404, 'not_found'],
  ])('path %s → %i', async (url, status, code) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([status, code]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
    expect(answer.headers['x-request-id']).toBeDefined();
    expect(answer.json<ProblemAnswer>().detail).not.toContain('JSON');
  });
});

describe('request id', () => {
  it.each(['a', 'A-b_c.9', 'x'.repeat(64)])('takes %s in', async (id) => {
    const answer = await get('/hello', { 'x-request-id': id });
    expect(answer.headers['x-request-id']).toBe(id);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a\tb', '{"level":"error"}', 'é'])(
    'log forging: makes its own for %p',
    async (id) => {
      const answer = await get('/hello', { 'x-request-id': id });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    },
  );

  it('lets nothing be cached by default', async () => {
    const answer = await get('/hello');
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});
