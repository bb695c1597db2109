import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HealthModule, Readiness } from './index.js';

let app: NestFastifyApplication;
let readiness: Readiness;

beforeEach(async () => {
  const built = await Test.createTestingModule({ imports: [HealthModule] }).compile();
  app = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
  readiness = app.get(Readiness);
});

afterEach(() => app.close());

async function ask(path: 'live' | 'ready'): Promise<[number, unknown]> {
  const answer = await app.inject({ method: 'GET', url: `/health/${path}` });
  return [answer.statusCode, answer.json()];
}

describe('health', () => {
  it('is ready when every check passes', async () => {
    readiness.addCheck('database', async () => {});
    readiness.addCheck('keys', () => {});
    expect(await ask('ready')).toEqual([200, { status: 'ok', checks: { database: 'ok', keys: 'ok' } }]);
  });

  it('is alive but unready while a part is away, says which, and recovers by itself', async () => {
    let away = true;
    readiness.addCheck('database', () => (away ? Promise.reject(new Error('SECRET')) : Promise.resolve()));
    readiness.addCheck('keys', () => {
      if (away) throw new Error('SECRET');
    });
    expect(await ask('ready')).toEqual([
      503,
      { status: 'unavailable', checks: { database: 'unavailable', keys: 'unavailable' } },
    ]);
    expect(await ask('live')).toEqual([200, { status: 'ok', checks: {} }]);
    away = false;
    expect((await ask('ready'))[0]).toBe(200);
  });

  it('is unready from the moment it was told to stop, and still alive', async () => {
    readiness.addCheck('database', () => {});
    readiness.stopping();
    expect(await ask('ready')).toEqual([503, { status: 'unavailable', checks: { database: 'ok' } }]);
    expect((await ask('live'))[0]).toBe(200);
  });

  it('does not wait for a check that hangs', async () => {
    jest.useFakeTimers();
    try {
      readiness.addCheck('database', () => new Promise(() => {}));
      const report = readiness.report();
      await jest.advanceTimersByTimeAsync(2000);
      expect(await report).toEqual({ status: 'unavailable', checks: { database: 'unavailable' } });
    } finally {
      jest.useRealTimers();
    }
  });

  it('flood: many questions at once are one question to the database', async () => {
    let asked = 0;
    readiness.addCheck('database', async () => {
      asked++;
      await new Promise((resolve) => setImmediate(resolve));
    });
    await Promise.all(Array.from({ length: 50 }, () => readiness.report()));
    expect(asked).toBe(1);
    await readiness.report();
    expect(asked).toBe(2);
  });

  it('refuses two checks of one name', () => {
    readiness.addCheck('database', () => {});
    expect(() => readiness.addCheck('database', () => {})).toThrow('"database"');
  });
});
