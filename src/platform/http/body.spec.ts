import { Readable } from 'node:stream';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import fc from 'fast-check';
import { Log, NestLogger } from '../logging/index.js';
import { createHttpAdapter, installHttp } from './index.js';

class Thing {
  @IsString()
  word: string;
}

@Controller()
class BodiesController {
  @Post('raw')
  raw(@Body() body: unknown): object {
    return { body: body === undefined ? 'none' : body };
  }

  @Post('things')
  things(@Body() thing: Thing): object {
    return thing;
  }
}

@Module({ controllers: [BodiesController], providers: [{ provide: Log, useValue: new Log('silent') }] })
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

function post(payload: string | Buffer) {
  return send({ headers: JSON_TYPE, payload });
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
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

  it('64 KiB holds too where no length is told beforehand', async () => {
    const payload = Readable.from(Array.from({ length: 65 }, () => Buffer.alloc(1024, 0x20)));
    const answer = await app.inject({ method: 'POST', url: '/raw', headers: JSON_TYPE, payload });
    expect([answer.statusCode, answer.json<{ code?: string }>().code]).toEqual([413, 'payload_too_large']);
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
