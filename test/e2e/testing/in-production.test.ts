import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AppModule } from '../../../src/app.module.js';
import { TestKeys } from '../../../src/keys/index.js';
import type { Configuration } from '../../../src/platform/config/index.js';
import { createHttpAdapter } from '../../../src/platform/http/index.js';
import { TestIssuer } from '../../../src/testing/index.js';
import { assemble, configurationOf, startApp, type AppOptions } from '../../support/app.js';
import { FrozenClock } from '../../support/frozen-clock.js';

const issuer = await TestIssuer.make();
const REFUSAL = 'A key of the test kit is trusted in production';
const PRODUCTION = {
  NODE_ENV: 'production',
  RATE_LIMITS: 'on',
  PASSWORD_HASH_MEMORY: '7168',
  EMBEDDED_DATABASE: 'allow',
  SECRET_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at)).toString('base64url'),
};
const { NODE_ENV } = process.env;
afterEach(() => {
  process.env.NODE_ENV = NODE_ENV;
});

const configured = (env: AppOptions['env'] = {}) =>
  configurationOf({ dataDir: '/nonexistent', databaseUrl: undefined }, env);

/** What the start says, before anything is opened; undefined where the app was made. */
async function starting(
  configuration: Configuration,
  ...modules: (Type | DynamicModule)[]
): Promise<string | undefined> {
  try {
    await (await assemble(configuration, new FrozenClock(), { modules })).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

@Global()
@Module({
  providers: [{ provide: TestKeys, useFactory: () => ({ keys: [] }) }],
  exports: [TestKeys],
})
class BoundByHand {}

@Module({ imports: [issuer.module] })
class FeatureThatBringsIt {}

describe('the key of the test kit in production', () => {
  it('is what these starts fail for: without it, and outside of production, they do not', async () => {
    expect(await starting(configured(PRODUCTION))).toBeUndefined();
    expect(await starting(configured(), issuer.module)).toBeUndefined();
  });

  it('brought through the environment: NODE_ENV=production fails the start, whatever configuration is handed in', async () => {
    process.env.NODE_ENV = 'production';
    expect(await starting(configured(), issuer.module)).toContain(REFUSAL);
  });

  it.each(['development', 'test', ''])(
    'brought through configuration: one of production fails the start in a process of NODE_ENV=%s',
    async (environment) => {
      process.env.NODE_ENV = environment;
      expect(await starting(configured(PRODUCTION), issuer.module)).toContain(REFUSAL);
    },
  );

  it.each<[string, Type | DynamicModule]>([
    ['the module of an issuer', issuer.module],
    ['a feature that imports it', FeatureThatBringsIt],
    ['the port bound by hand', BoundByHand],
  ])('brought through DI: %s fails the start', async (_, module) => {
    expect(await starting(configured(PRODUCTION), module)).toContain(REFUSAL);
  });

  it('brought through DI, beside the app in a program without @nestjs/testing: fails the start', async () => {
    @Module({ imports: [AppModule.forRoot(configured(PRODUCTION)), issuer.module] })
    class Program {}
    const made = NestFactory.create(Program, createHttpAdapter(), { logger: false, abortOnError: false });
    await expect(made).rejects.toThrow(REFUSAL);
  });
});

describe('an app that was not told to trust it', () => {
  it.each(['ES256', 'HS256'])('forged by a test issuer: invalid_token with %s', async (JWT_ALGORITHM) => {
    const app = await startApp({ env: { JWT_ALGORITHM } });
    const { token } = await issuer.signIn(app.nest, { roles: ['admin'] });
    expect((await app.http.get('/users/me', { token })).body.code).toBe('invalid_token');
    const other = await TestIssuer.make();
    const trusting = await app.restart({ env: { JWT_ALGORITHM }, modules: [other.module] });
    expect((await trusting.http.get('/users/me', { token })).body.code).toBe('invalid_token');
  });
});
