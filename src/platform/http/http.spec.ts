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
  Query,
  Res,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsEmail,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MinLength,
  ValidateNested,
} from 'class-validator';
import fc from 'fast-check';
import type { FastifyReply } from 'fastify';
import { DatabaseUnavailable } from '../database/index.js';
import { Log, NestLogger } from '../logging/index.js';
import { createHttpAdapter, installHttp, Localize, NotFound, type LocalizeText } from './index.js';

class Item {
  @IsString()
  @Length(2, 5)
  name: string;
}

class Thing {
  @IsString()
  @MinLength(3, { context: { code: 'password_too_common', message: { en: 'Common.', ko: '흔합니다.' } } })
  word: string;

  @IsOptional()
  @IsEmail()
  email?: string;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Item)
  items?: Item[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Item)
  one?: Item;

  describe(): string {
    return this.word;
  }
}

class Page {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Max(100)
  limit?: number;
}

@Controller()
class ThingsController {
  @Post('things')
  create(@Body() thing: Thing): object {
    return { instance: thing instanceof Thing, thing };
  }

  @Post('raw')
  raw(@Body() body: unknown): object {
    return { body: body === undefined ? 'none' : body };
  }

  @Get('things')
  list(@Query() page: Page): object {
    return { limit: page.limit ?? null };
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
    throw Object.assign(new Error('select secret from /srv/app'), { statusCode: 418 });
  }

  @Get('challenge')
  challenge(): never {
    throw NotFound({ headers: { 'WWW-Authenticate': 'Bearer' }, logDetail: 'hidden detail' });
  }

  @Get('nest')
  nest(): never {
    throw new HttpException('Nest says no', 409);
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

const lines: string[] = [];

@Module({
  controllers: [ThingsController],
  providers: [
    { provide: Log, useValue: new Log('info', { write: (line: string) => void lines.push(line) }) },
  ],
})
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

interface Sent {
  method?: 'GET' | 'POST' | 'HEAD' | 'PUT' | 'DELETE';
  url?: string;
  headers?: Record<string, string>;
  payload?: string | Buffer;
}

const JSON_TYPE = { 'content-type': 'application/json' };

function send({ method = 'POST', url = '/raw', headers = {}, payload }: Sent) {
  return app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
}

function post(payload: string | Buffer, headers: Record<string, string> = JSON_TYPE, url = '/raw') {
  return send({ url, headers, payload });
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
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
  errors?: Array<{ field: string; code: string; message: string }>;
}

async function refused(payload: unknown): Promise<string[]> {
  const answer = await post(JSON.stringify(payload), JSON_TYPE, '/things');
  expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([400, 'validation_failed']);
  return answer.json<ProblemAnswer>().errors!.map(({ field, code }) => `${field}:${code}`);
}

describe('bodies', () => {
  const big = Buffer.alloc(64 * 1024 + 1, 0x20);

  it.each<[string, number, string | undefined, Sent]>([
    ['JSON', 201, undefined, { headers: JSON_TYPE, payload: '{"a":1}' }],
    [
      'a charset parameter',
      201,
      undefined,
      { headers: { 'content-type': 'application/JSON; Charset="UTF-8"' }, payload: '1' },
    ],
    [
      'identity encoding',
      201,
      undefined,
      { headers: { ...JSON_TYPE, 'content-encoding': 'identity' }, payload: '1' },
    ],
    ['exactly 64 KiB', 201, undefined, { headers: JSON_TYPE, payload: `"${'a'.repeat(64 * 1024 - 2)}"` }],
    ['32 levels', 201, undefined, { headers: JSON_TYPE, payload: nested(32) }],
    [
      'brackets within a string',
      201,
      undefined,
      { headers: JSON_TYPE, payload: JSON.stringify(`\\"${'['.repeat(99)}`) },
    ],
    ['33 levels', 400, 'malformed_request', { headers: JSON_TYPE, payload: nested(33) }],
    ['a stack bomb', 400, 'malformed_request', { headers: JSON_TYPE, payload: '['.repeat(60_000) }],
    ['JSON that does not parse', 400, 'malformed_request', { headers: JSON_TYPE, payload: '{"a":' }],
    [
      'invalid UTF-8',
      400,
      'malformed_request',
      { headers: JSON_TYPE, payload: Buffer.from([0x22, 0xff, 0x22]) },
    ],
    [
      'an overlong UTF-8 NUL',
      400,
      'malformed_request',
      { headers: JSON_TYPE, payload: Buffer.from([0x22, 0xc0, 0x80, 0x22]) },
    ],
    [
      '__proto__',
      400,
      'malformed_request',
      { headers: JSON_TYPE, payload: '{"a":{"__proto__":{"admin":true}}}' },
    ],
    ['__proto__ escaped', 400, 'malformed_request', { headers: JSON_TYPE, payload: '{"\\u005f_proto__":1}' }],
    ['no type', 415, 'unsupported_media_type', { payload: Buffer.from('{}') }],
    [
      'a type that is none',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'json' }, payload: '{}' },
    ],
    [
      'text/plain',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'text/plain' }, payload: '{}' },
    ],
    [
      'a form',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=1' },
    ],
    [
      '+json',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/problem+json' }, payload: '{}' },
    ],
    [
      'application/jsonp',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/jsonp' }, payload: '{}' },
    ],
    [
      'another charset',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/json; charset=utf-16' }, payload: '{}' },
    ],
    [
      'two charsets',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }, payload: '{}' },
    ],
    [
      'gzip',
      415,
      'unsupported_media_type',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, payload: '{}' },
    ],
    ['more than 64 KiB', 413, 'payload_too_large', { headers: JSON_TYPE, payload: big }],
  ])('%s → %i', async (_, status, code, sent) => {
    const answer = await send(sent);
    expect([answer.statusCode, answer.json<{ code?: string }>().code]).toEqual([status, code]);
  });

  it.each([['application/json'], ['text/plain'], ['nonsense'], ['']])(
    'an empty body counts as none, whatever its type: %p',
    async (type) => {
      const answer = await send({ headers: type ? { 'content-type': type } : {} });
      expect([answer.statusCode, answer.json()]).toEqual([201, { body: 'none' }]);
    },
  );

  it.each<[string, number, Sent]>([
    ['404 before 413', 404, { url: '/nowhere', headers: JSON_TYPE, payload: big }],
    ['404 before 415', 404, { url: '/nowhere', headers: { 'content-type': 'text/x' }, payload: 'x' }],
    [
      '404 for a known path with an unknown method',
      404,
      { method: 'PUT', url: '/raw', headers: JSON_TYPE, payload: '{' },
    ],
    ['413 before 415', 413, { headers: { 'content-type': 'nonsense' }, payload: big }],
    [
      '413 before 415 with an encoding',
      413,
      { headers: { ...JSON_TYPE, 'content-encoding': 'br' }, payload: big },
    ],
    ['415 before malformed_request', 415, { headers: { 'content-type': 'text/x' }, payload: '{' }],
    ['malformed_request before validation_failed', 400, { url: '/things', headers: JSON_TYPE, payload: '{' }],
  ])('order of refusals: %s', async (_, status, sent) => {
    expect((await send(sent)).statusCode).toBe(status);
  });

  it('never answers 500 to any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect((await post(Buffer.from(bytes))).statusCode).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });

  it('hands on any JSON value as JSON.parse reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (text) => {
        fc.pre(!text.includes('__proto__'));
        expect((await post(text)).json()).toEqual({ body: JSON.parse(text) as unknown });
      }),
      { numRuns: 150 },
    );
  });
});

describe('validation', () => {
  it('gives the handler an instance of the class', async () => {
    const answer = await post('{"word":"abc","items":[{"name":"ab"}]}', JSON_TYPE, '/things');
    expect(answer.json()).toEqual({ instance: true, thing: { word: 'abc', items: [{ name: 'ab' }] } });
  });

  it.each<[string, unknown, string[]]>([
    ['an absent field', {}, ['word:required']],
    ['null where a value is needed', { word: null }, ['word:wrong_type']],
    ['the wrong type, and nothing else about it', { word: 7 }, ['word:wrong_type']],
    ["a decorator's own code", { word: 'ab' }, ['word:password_too_common']],
    ['a format', { word: 'abc', email: 'no' }, ['email:invalid_format']],
    ['an unknown field', { word: 'abc', admin: true }, ['admin:unknown_field']],
    ['unknown fields of items', { word: 'abc', items: [{ name: 'ab', x: 1 }] }, ['items.0.x:unknown_field']],
    [
      'a path into an array',
      { word: 'abc', items: [{ name: 'ab' }, { name: 'a' }] },
      ['items.1.name:too_short'],
    ],
    ['the other end of a length', { word: 'abc', one: { name: 'abcdef' } }, ['one.name:too_long']],
    ['a string for an object', { word: 'abc', one: 'x' }, ['one:wrong_type']],
    [
      'an empty array for an object, which has no item to refuse',
      { word: 'abc', one: [] },
      ['one:wrong_type'],
    ],
    ['an array of valid items for an object', { word: 'abc', one: [{ name: 'abc' }] }, ['one:wrong_type']],
    ['a body that is an array', [], [':wrong_type']],
    ['a body that is null', null, [':wrong_type']],
    ['a body that is a string', 'word', [':wrong_type']],
    ['a member named like a method of the class', { word: 'abc', describe: 1 }, ['describe:unknown_field']],
  ])('%s', async (_, body, expected) => {
    expect(await refused(body)).toEqual(expected);
  });

  it.each([
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    '__defineGetter__',
    '__lookupSetter__',
  ])('prototype attack: a member %s is an unknown field, at any depth and with any value', async (name) => {
    for (const value of [1, 'x', null, [], {}, { prototype: { admin: true } }, { name: 'Item' }]) {
      expect(await refused({ word: 'abc', [name]: value })).toEqual([`${name}:unknown_field`]);
      expect(await refused({ word: 'abc', one: { name: 'abc', [name]: value } })).toEqual([
        `one.${name}:unknown_field`,
      ]);
      expect(await refused({ word: 'abc', items: [{ name: 'abc', [name]: value }] })).toEqual([
        `items.0.${name}:unknown_field`,
      ]);
    }
  });

  it('takes a missing body for {}', async () => {
    const answer = await send({ url: '/things' });
    expect(answer.json<ProblemAnswer>().errors).toEqual([
      { field: 'word', code: 'required', message: 'This field is required.' },
    ]);
  });

  it('does not let thousands of unknown fields outgrow the request', async () => {
    const body = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`field${i}`, 1]));
    const answer = await post(JSON.stringify({ word: 'abc', ...body }), JSON_TYPE, '/things');
    expect(answer.json<ProblemAnswer>().errors).toHaveLength(50);
    const long = await post(JSON.stringify({ word: 'abc', ['a'.repeat(60_000)]: 1 }), JSON_TYPE, '/things');
    expect(long.body.length).toBeLessThan(1000);
  });

  it.each<[string, number, unknown]>([
    ['/things?limit=7', 200, { limit: 7 }],
    ['/things', 200, { limit: null }],
    ['/things?limit=101', 400, 'limit:out_of_range'],
    ['/things?limit=x', 400, 'limit:wrong_type'],
    ['/things?limit=1&limit=2', 400, 'limit:wrong_type'],
    ['/things?offset=1', 400, 'offset:unknown_field'],
    ['/things?constructor=1', 400, 'constructor:unknown_field'],
    ['/things?__proto__=1', 400, '__proto__:unknown_field'],
    ['/hello?anything=1', 200, { message: 'Hello' }],
  ])('queries: %s → %i', async (url, status, expected) => {
    const answer = await send({ method: 'GET', url });
    expect(answer.statusCode).toBe(status);
    if (status === 200) expect(answer.json()).toEqual(expected);
    else expect(answer.json<ProblemAnswer>().errors!.map((e) => `${e.field}:${e.code}`)).toContain(expected);
  });

  it('never answers 500, and never lets an undeclared member through, whatever is sent', async () => {
    const names = fc.oneof(
      fc.constantFrom('word', 'email', 'items', 'one', 'name', 'constructor', 'describe'),
      fc.string(),
    );
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(names, tie('node')),
        fc.array(tie('node')),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, tree), async (body) => {
        const answer = await post(JSON.stringify(body), JSON_TYPE, '/things');
        expect([201, 400]).toContain(answer.statusCode);
        if (answer.statusCode !== 201) return;
        for (const name of Object.keys(body)) expect(['word', 'email', 'items', 'one']).toContain(name);
      }),
      { numRuns: 300 },
    );
  });
});

describe('problems', () => {
  it('has the members of RFC 9457 and of the contract, in its order', async () => {
    const answer = await send({
      method: 'GET',
      url: '/nowhere?token=secret',
      headers: { 'x-request-id': 'abc.1' },
    });
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
    [';;;,=q', 'en'],
  ])('Accept-Language %p is answered in %s', async (header, language) => {
    const answer = await send({
      method: 'GET',
      url: '/nowhere',
      headers: header === undefined ? {} : { 'accept-language': header },
    });
    expect(answer.headers).toMatchObject({ 'content-language': language, vary: 'Accept-Language' });
    expect(answer.json<{ title: string }>().title).toBe(language === 'ko' ? '찾을 수 없음' : 'Not found');
  });

  it("tells a field's message in the caller's language", async () => {
    const answer = await post('{"word":"ab"}', { ...JSON_TYPE, 'accept-language': 'ko' }, '/things');
    expect(answer.json<ProblemAnswer>().errors![0]!.message).toBe('흔합니다.');
  });

  it('appends to Vary instead of replacing it', async () => {
    const answer = await send({ method: 'GET', url: '/hello', headers: { 'accept-language': 'ko' } });
    expect(answer.json()).toEqual({ message: '안녕하세요' });
    expect(answer.headers).toMatchObject({ vary: 'Origin, Accept-Language', 'content-language': 'ko' });
  });

  it('leaks nothing of a fault, does not believe its status, does not let it be cached, and logs it', async () => {
    lines.length = 0;
    const answer = await send({ method: 'GET', url: '/fault' });
    expect(answer.statusCode).toBe(500);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json<ProblemAnswer>().code).toBe('internal_error');
    expect(answer.body).not.toMatch(/select|srv|Error:|\bat /);
    const logged = JSON.parse(lines.join('')) as { request_id: string; err: { stack: string } };
    expect(logged.request_id).toBe(answer.headers['x-request-id']);
    expect(logged.err.stack).toContain('select secret');
  });

  it('answers service_unavailable with Retry-After while the database is away', async () => {
    const answer = await send({ method: 'GET', url: '/away' });
    expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([503, 'service_unavailable']);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.body).not.toContain('5432');
    expect((await send({ method: 'GET', url: '/mail' })).json<ProblemAnswer>().code).toBe('internal_error');
  });

  it("carries a problem's headers, and keeps what is for the log from the caller", async () => {
    const answer = await send({ method: 'GET', url: '/challenge' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).not.toContain('hidden');
  });

  it('does nothing when the answer is already on its way', async () => {
    const answer = await send({ method: 'GET', url: '/sent' });
    expect([answer.statusCode, answer.json()]).toEqual([200, { first: true }]);
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
    const answer = await send({ method: 'GET', url });
    expect([answer.statusCode, answer.json<ProblemAnswer>().code]).toEqual([status, code]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
    expect(answer.headers['x-request-id']).toBeDefined();
  });
});

describe('request id', () => {
  it.each(['a', 'A-b_c.9', 'x'.repeat(64)])('takes %s in', async (id) => {
    const answer = await send({ method: 'GET', url: '/hello', headers: { 'x-request-id': id } });
    expect(answer.headers['x-request-id']).toBe(id);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a\tb', '{"level":"error"}', 'é'])(
    'log forging: makes its own for %p',
    async (id) => {
      const answer = await send({ method: 'GET', url: '/hello', headers: { 'x-request-id': id } });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    },
  );

  it('lets nothing be cached by default', async () => {
    const answer = await send({ method: 'GET', url: '/hello' });
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});
