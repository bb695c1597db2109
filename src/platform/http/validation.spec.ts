import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
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
import { Log, NestLogger } from '../logging/index.js';
import { createHttpAdapter, installHttp } from './index.js';

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
  @IsArray()
  @IsString({ each: true })
  tags?: string[];

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

  @Get('things')
  list(@Query() page: Page): object {
    return { limit: page.limit ?? null };
  }

  @Get('plain')
  plain(): object {
    return {};
  }
}

@Module({ controllers: [ThingsController], providers: [{ provide: Log, useValue: new Log('silent') }] })
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

interface ProblemAnswer {
  code: string;
  errors: Array<{ field: string; code: string; message: string }>;
}

function post(payload?: string) {
  return app.inject({
    method: 'POST',
    url: '/things',
    ...(payload !== undefined && { payload, headers: { 'content-type': 'application/json' } }),
  });
}

async function refused(payload: unknown): Promise<string[]> {
  const answer = await post(JSON.stringify(payload));
  const { code, errors } = answer.json<ProblemAnswer>();
  expect([answer.statusCode, code]).toEqual([400, 'validation_failed']);
  return errors.map((error) => `${error.field}:${error.code}`);
}

describe('validation', () => {
  it('gives the handler an instance of the class', async () => {
    const answer = await post('{"word":"abc","items":[{"name":"ab"}]}');
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
    [
      'the items that are no strings',
      { word: 'abc', tags: ['a', 1, 'b', null] },
      ['tags.1:wrong_type', 'tags.3:wrong_type'],
    ],
    ['a string for a list', { word: 'abc', tags: 'a' }, ['tags:wrong_type']],
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
    const answer = await post();
    expect(answer.json<ProblemAnswer>().errors).toEqual([
      { field: 'word', code: 'required', message: 'This field is required.' },
    ]);
  });

  it('does not let thousands of unknown fields outgrow the request', async () => {
    const body = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`field${i}`, 1]));
    const answer = await post(JSON.stringify({ word: 'abc', ...body }));
    expect(answer.json<ProblemAnswer>().errors).toHaveLength(50);
    const long = await post(JSON.stringify({ word: 'abc', ['a'.repeat(60_000)]: 1 }));
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
    ['/plain?anything=1', 200, {}],
  ])('queries: %s → %i', async (url, status, expected) => {
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(status);
    if (status === 200) expect(answer.json()).toEqual(expected);
    else expect(answer.json<ProblemAnswer>().errors.map((e) => `${e.field}:${e.code}`)).toContain(expected);
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
        const answer = await post(JSON.stringify(body));
        expect([201, 400]).toContain(answer.statusCode);
        if (answer.statusCode !== 201) return;
        for (const name of Object.keys(body)) expect(['word', 'email', 'items', 'one']).toContain(name);
      }),
      { numRuns: 300 },
    );
  });
});
