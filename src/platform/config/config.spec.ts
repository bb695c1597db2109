import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  loadConfiguration,
  renderConfigurationTable,
  renderDotEnv,
  type Configuration,
} from './index.js';
import type { Mistake } from './mistake.js';
import { VARIABLES } from './variables.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
const KEY_BYTES = Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i));
const KEY = KEY_BYTES.toString('base64url');
const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER: 'https://auth.example.com',
  SECRET_KEY: KEY,
  DATABASE_URL: 'postgres://db/sumun',
};

beforeEach(() => rmSync(join(folder, '.env'), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(env: Record<string, string | undefined> = {}): Configuration {
  return loadConfiguration(env, folder);
}

function mistakes(env: Record<string, string | undefined>): readonly Mistake[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

function wrong(env: Record<string, string | undefined>): string[] {
  return mistakes(env).map(({ variable }) => variable);
}

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('defaults', () => {
  it('are those of the contract in development', () => {
    expect({ ...load() }).toEqual({
      ...{ production: false, environment: 'development', host: 'localhost', port: 3000 },
      ...{
        issuer: 'http://localhost:3000',
        audience: ['http://localhost:3000'],
        dataDir: join(folder, 'data'),
      },
      secretFiles: [],
      ...{ databaseUrl: undefined, databaseDirectUrl: undefined, embeddedDatabaseAllowed: false },
      databaseWaitSeconds: 30,
      ...{ secretKey: undefined, secretKeyPrevious: undefined },
      ...{ jwtAlgorithm: 'ES256', jwtSecret: undefined, jwtSecretPrevious: undefined },
      ...{
        keyRotationSeconds: 7_776_000,
        accessTokenTtlSeconds: 600,
        refreshIdleTtlSeconds: 2_592_000,
        refreshAbsoluteTtlSeconds: 7_776_000,
      },
      ...{ refreshGraceSeconds: 30, shutdownDelaySeconds: 0, maxSessionsPerUser: 100 },
      ...{ revocationMaxStalenessSeconds: 60, revocationStale: 'refuse' },
      ...{ metricsHost: '127.0.0.1', metricsPort: undefined, tracing: undefined },
      ...{
        trustedProxies: [],
        corsOrigins: [],
        refreshCookie: false,
      },
      ...{ docs: true, logLevel: 'info', argon2: { memoryKib: 19_456, timeCost: 2, parallelism: 1 } },
      ...{ passwordWaitLimitSeconds: 2, eventLoopDelayLimitMs: 200, passwordThreads: undefined },
      memoryLimitBytes: undefined,
      rateLimits: {
        on: true,
        loginPair: { max: 10, windowSeconds: 300 },
        loginAddress: { max: 100, windowSeconds: 900 },
        loginAccount: { max: 100, windowSeconds: 3600 },
        loginFamiliarSeconds: 7_776_000,
        register: { max: 20, windowSeconds: 3600 },
        refreshSession: { max: 60, windowSeconds: 60 },
        refreshRefused: { max: 300, windowSeconds: 300 },
        clientRefused: { max: 30, windowSeconds: 300 },
      },
    });
  });

  it('differ in production where the contract says so', () => {
    expect(load(PRODUCTION)).toMatchObject({ production: true, host: '0.0.0.0', shutdownDelaySeconds: 5 });
  });

  it('follow the port that takes the place of PORT=0', () => {
    expect(load({ PORT: '0' }).withPort(4321)).toMatchObject({
      port: 4321,
      issuer: 'http://localhost:4321',
      audience: ['http://localhost:4321'],
    });
    expect(load({ ISSUER: 'http://a.test', PORT: '0' }).withPort(4321).issuer).toBe('http://a.test');
  });

  it('hold where a variable is set to nothing', () => {
    expect(load({ PORT: '', SECRET_KEY: '', DATABASE_URL: '' }).port).toBe(3000);
  });
});

describe('mistakes', () => {
  it('are all told at once, each with what is wrong and an example', () => {
    expect(wrong({ PORT: 'x', DOCS: 'yes', REFRESH_GRACE: '1y', JWT_ALGORITHM: 'none' })).toEqual([
      ...['PORT', 'JWT_ALGORITHM', 'REFRESH_GRACE', 'DOCS'],
    ]);
    expect(() => load({ PORT: 'x' })).toThrow(/PORT must be a whole number.*\n.*PORT=8080/);
  });

  it('never repeat a secret', () => {
    const secret = 'hunter2-hunter2';
    const env = { SECRET_KEY: secret, JWT_SECRET: secret, DATABASE_URL: `mysql://u:${secret}@db/x` };
    expect(JSON.stringify(mistakes(env))).not.toContain(secret);
    expect(mistakes(env)).toHaveLength(3);
  });

  it.each<[string, string[]]>([
    ['NODE_ENV', ['staging', 'Production', 'prod']],
    ['HOST', ['http://a', 'a b', 'a/b']],
    ['PORT', ['-1', '65536', '80.5', '0x50', '1e3', ' 80']],
    [
      'ISSUER',
      ['auth.example.com', 'https://a.test/', 'https://a.test/x', 'https://a.test?x', 'https://a.test#x'],
    ],
    [
      'ISSUER',
      ['https://A.test', 'https://a.test:443', 'https://u:p@a.test', 'ftp://a.test', 'javascript:alert(1)'],
    ],
    ['AUDIENCE', [',', 'a,', 'a,a', 'a b']],
    ['DATABASE_URL', ['db', 'mysql://db/x', 'http://db']],
    ['DATABASE_DIRECT_URL', ['mysql://db/x']],
    [
      'REDIS_URL',
      [
        'redis',
        'http://r',
        'redis:///0',
        'redis://r/a',
        'redis://r/0/1',
        'redis://r?db=1',
        'redis://:%@r',
        'redis://r#',
      ],
    ],
    ['EMBEDDED_DATABASE', ['on', 'true', 'Allow']],
    [
      'SECRET_KEY',
      ['short', 'A'.repeat(42), 'A'.repeat(44), `${KEY}=`, `${'A'.repeat(42)}B`, `${'+'.repeat(43)}`],
    ],
    ['JWT_ALGORITHM', ['none', 'es256', 'HS512', 'EdDSA']],
    ['JWT_SECRET', ['x'.repeat(31), '가'.repeat(10)]],
    ['KEY_ROTATION', ['90', '0', '59m', '731d']],
    ['ACCESS_TOKEN_TTL', ['10', '0', '0s', '25h', '1.5h', '-1s', '10 m', '1w', '٣m']],
    ['REFRESH_IDLE_TTL', ['366d', '999999999d']],
    ['REFRESH_GRACE', ['6m']],
    ['MAX_SESSIONS_PER_USER', ['0', '10001']],
    ['REVOCATION_MAX_STALENESS', ['1s', '2h', 'never']],
    ['REVOCATION_STALE', ['deny', 'off']],
    ['METRICS_HOST', ['http://localhost']],
    ['METRICS_PORT', ['off', '65536', '-1']],
    ['PASSWORD_HASH_MEMORY', ['7', '4194305']],
    ['PASSWORD_HASH_TIME', ['0', '101']],
    ['PASSWORD_HASH_PARALLELISM', ['0', '17']],
    ['DOCS', ['true', 'ON']],
    ['LOG_LEVEL', ['verbose']],
    ['SHUTDOWN_DELAY', ['6m', 'soon']],
    ['RATE_LIMITS', ['false', 'OFF']],
    [
      'RATE_LIMIT_LOGIN_PAIR',
      ['10', '10/', '/5m', '0/5m', '10/0', '10/5', '10/25h', '10001/1h', '10/5m/1', '-1/5m'],
    ],
    ['PASSWORD_WAIT_LIMIT', ['0', '61s']],
    ['PASSWORD_THREADS', ['0', '257']],
    ['MEMORY_LIMIT', ['510', '0Mi', '512MB', '512M', '1.5Gi', '510Mi', '-1']],
  ])('%s refuses %p', (variable, values) => {
    for (const value of values) expect([value, wrong({ [variable]: value })]).toEqual([value, [variable]]);
  });

  it.each<[string, Record<string, string>, keyof Configuration, unknown]>([
    ['30s', { ACCESS_TOKEN_TTL: '30s' }, 'accessTokenTtlSeconds', 30],
    ['2h', { ACCESS_TOKEN_TTL: '2h' }, 'accessTokenTtlSeconds', 7200],
    [
      'a rate',
      { RATE_LIMIT_REGISTER: '1/2h' },
      'rateLimits',
      expect.objectContaining({ register: { max: 1, windowSeconds: 7200 } }),
    ],
    ['no grace', { REFRESH_GRACE: '0' }, 'refreshGraceSeconds', 0],
    ['several audiences', { AUDIENCE: 'https://a.test, b' }, 'audience', ['https://a.test', 'b']],
    ['32 bytes of UTF-8', { JWT_SECRET: '가'.repeat(11) }, 'jwtSecret', '가'.repeat(11)],
    ['an absolute directory', { DATA_DIR: '/srv/x' }, 'dataDir', '/srv/x'],
    ['32 bytes', { SECRET_KEY: KEY }, 'secretKey', KEY_BYTES],
    [
      'a size, with threads that fit',
      { MEMORY_LIMIT: '1Gi', PASSWORD_THREADS: '17' },
      'memoryLimitBytes',
      2 ** 30,
    ],
    [
      'what the embedded database leaves one hash',
      { MEMORY_LIMIT: '511Mi' },
      'memoryLimitBytes',
      511 * 2 ** 20,
    ],
  ])('takes %s', (_, env, field, expected) => {
    expect(load(env)[field]).toEqual(expected);
  });

  it.each<[string, Record<string, string>, string]>([
    ['idle beyond absolute', { REFRESH_IDLE_TTL: '91d' }, 'REFRESH_IDLE_TTL'],
    ['grace as long as idle', { REFRESH_IDLE_TTL: '30s' }, 'REFRESH_GRACE'],
    ['one secret in two roles', { SECRET_KEY: KEY, JWT_SECRET: KEY }, 'JWT_SECRET'],
    [
      'less memory than argon2 takes',
      { PASSWORD_HASH_MEMORY: '16', PASSWORD_HASH_PARALLELISM: '4' },
      'PASSWORD_HASH_MEMORY',
    ],
    ['less memory than one hash leaves room for', { MEMORY_LIMIT: '510Mi' }, 'MEMORY_LIMIT'],
    ['more threads than fit in memory', { MEMORY_LIMIT: '1Gi', PASSWORD_THREADS: '18' }, 'MEMORY_LIMIT'],
  ])('%s', (_, env, variable) => {
    expect(wrong(env)).toEqual([variable]);
  });
});

describe('production', () => {
  it('insists on issuer, key and database', () => {
    expect(wrong({ NODE_ENV: 'production' })).toEqual(['ISSUER', 'SECRET_KEY', 'DATABASE_URL']);
    expect(wrong(PRODUCTION)).toEqual([]);
  });

  it.each<[string, Record<string, string | undefined>, string[]]>([
    [
      'takes the embedded database only when told so',
      { DATABASE_URL: undefined, EMBEDDED_DATABASE: 'allow' },
      [],
    ],
    ['insists on https', { ISSUER: 'http://auth.example.com' }, ['ISSUER']],
    ['insists on a secret for HS256', { JWT_ALGORITHM: 'HS256' }, ['JWT_SECRET']],
    ['takes no weak password hash', { PASSWORD_HASH_MEMORY: '64' }, ['PASSWORD_HASH_MEMORY']],
    ['keeps its rate limits', { RATE_LIMITS: 'off' }, ['RATE_LIMITS']],
    ['names a variable once', { SECRET_KEY: 'short' }, ['SECRET_KEY']],
    [
      'does not ask for a server where the embedded database was meant',
      { DATABASE_URL: undefined, EMBEDDED_DATABASE: 'yes' },
      ['EMBEDDED_DATABASE'],
    ],
  ])('%s', (_, env, expected) => {
    expect(wrong({ ...PRODUCTION, ...env })).toEqual(expected);
  });

  it('does not read .env', () => {
    file('.env', 'PORT=4000\nEMBEDDED_DATABASE=allow\n');
    expect(load(PRODUCTION).port).toBe(3000);
    expect(wrong({ ...PRODUCTION, DATABASE_URL: undefined })).toEqual(['DATABASE_URL']);
  });
});

describe('.env', () => {
  it.each([undefined, '', 'development', 'test'])(
    'is read with NODE_ENV %p, and the environment wins',
    (NODE_ENV) => {
      file('.env', '# comment\nPORT=4000\nHOST="a.test"\n');
      expect(load({ NODE_ENV, PORT: '5000' })).toMatchObject({ port: 5000, host: 'a.test' });
      expect(load({ NODE_ENV, PORT: '' }).port).toBe(3000);
    },
  );

  it('that is a directory, as a container makes of a file that is missing, is told', () => {
    mkdirSync(join(folder, '.env'));
    expect(mistakes({})).toEqual([
      { variable: '.env', problem: expect.stringMatching(/^cannot be read: it is a directory\. Make /) },
    ]);
  });

  it('cannot decide what is read before it: NODE_ENV', () => {
    file('.env', 'NODE_ENV=production\n');
    expect(wrong({})).toEqual(['NODE_ENV']);
  });
});

describe('NAME_FILE', () => {
  it('gives a secret by path, cutting one trailing newline', () => {
    expect(load({ JWT_SECRET_FILE: file('a', `${'s'.repeat(32)}\n\n`) }).jwtSecret).toBe(
      `${'s'.repeat(32)}\n`,
    );
    expect(load({ SECRET_KEY_FILE: file('b', KEY) }).secretKey).toEqual(KEY_BYTES);
    expect(load({ DATABASE_URL_FILE: file('c', 'postgres://db/x\n') }).databaseUrl).toBe('postgres://db/x');
  });

  it('is refused beside NAME, when it cannot be read, and when it is empty', () => {
    expect(wrong({ SECRET_KEY: KEY, SECRET_KEY_FILE: file('d', KEY) })).toEqual(['SECRET_KEY']);
    const none = join(folder, 'none');
    expect(mistakes({ SECRET_KEY_FILE: none })).toEqual([
      {
        variable: 'SECRET_KEY_FILE',
        problem: `names ${none}, and there is no such file.`,
        example: '/run/secrets/secret_key',
      },
    ]);
    expect(wrong({ SECRET_KEY_FILE: file('e', '\n') })).toEqual(['SECRET_KEY_FILE']);
    expect(wrong({ ...PRODUCTION, SECRET_KEY: undefined, SECRET_KEY_FILE: none })).toEqual([
      'SECRET_KEY_FILE',
    ]);
  });

  it('whose content is refused is named', () => {
    const path = file('g', 'short');
    expect(mistakes({ SECRET_KEY_FILE: path })[0]!.problem).toMatch(
      `43 characters). It was read from ${path}.`,
    );
    expect(mistakes({ SECRET_KEY: 'short' })[0]!.problem).toMatch(/43 characters\)\.$/);
  });

  it('does not repeat a secret that was put where its path belongs', () => {
    for (const misplaced of [KEY, 'postgres://sumun:hunter2@db/x'])
      expect(mistakes({ DATABASE_URL_FILE: misplaced })[0]!.problem).not.toContain(misplaced);
  });

  it('is only for secrets', () => {
    expect(load({ PORT_FILE: file('f', '4000') }).port).toBe(3000);
  });
});

describe('what is generated', () => {
  it.each(['en', 'ko'] as const)(
    'the table in %s has a line for every variable, and the file of every secret',
    (language) => {
      const rows = renderConfigurationTable(language).trimEnd().split('\n').slice(2);
      expect(rows.map((row) => /^\| `(\w+)`/.exec(row)?.[1])).toEqual(Object.keys(VARIABLES));
      for (const row of rows) expect(row.split(' | ')).toHaveLength(3);
      expect(rows.join('\n')).toContain('`SECRET_KEY`, `SECRET_KEY_FILE`');
      expect(rows.join('\n')).not.toContain('PORT_FILE');
    },
  );

  it('.env sets nothing, holds no secret, and is the one that is committed', () => {
    expect(parseEnv(renderDotEnv())).toEqual({});
    expect(readFileSync(resolve('.env'), 'utf8')).toBe(renderDotEnv());
  });

  it('.env sets nothing new when all its lines are taken in', () => {
    const taken = renderDotEnv()
      .replaceAll(/^#(?=[A-Z_]+=)/gm, '')
      .replace(
        /^(ISSUER|AUDIENCE|EMBEDDED|TRUSTED|CORS|METRICS|OTEL|PASSWORD_THREADS|MEMORY_LIMIT)\w*=.*/gm,
        '',
      );
    file('.env', taken);
    expect({ ...load() }).toEqual({
      ...loadConfiguration({}, join(folder, 'none')),
      dataDir: join(folder, 'data'),
    });
  });

  it('every example is one that is taken', () => {
    for (const [name, { example, parse }] of Object.entries(VARIABLES)) {
      if (!example.includes('$(')) expect([name, () => parse(example)]).toEqual([name, expect.any(Function)]);
      if (!example.includes('$(')) expect(() => parse(example)).not.toThrow();
    }
  });
});
