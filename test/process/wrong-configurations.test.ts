import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Environment } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const RANDOM = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64url');
const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER: 'https://auth.example.com',
  SECRET_KEY: RANDOM,
  EMBEDDED_DATABASE: 'allow',
};

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** What is wrong, and the line that says so. */
const WRONG: readonly (readonly [string, Environment, string])[] = [
  ['a port that is none', { PORT: '80a' }, 'PORT must be a whole number from 0 to 65535.'],
  [
    'a port in HOST',
    { HOST: '0.0.0.0:80' },
    'HOST must be a host name or an address, without a scheme or a port.',
  ],
  [
    'an issuer with a slash',
    { ISSUER: 'https://auth.example.com/' },
    'ISSUER must be an http(s) origin in lower case, without path, query or trailing slash.',
  ],
  [
    'a lifetime without a unit',
    { ACCESS_TOKEN_TTL: '10' },
    'ACCESS_TOKEN_TTL must be a duration: a whole number and s, m, h or d.',
  ],
  ['no signature at all', { JWT_ALGORITHM: 'none' }, 'JWT_ALGORITHM must be one of ES256, RS256, HS256.'],
  [
    'a short shared secret',
    { JWT_ALGORITHM: 'HS256', JWT_SECRET: 'secret' },
    'JWT_SECRET must be at least 32 bytes long in UTF-8.',
  ],
  [
    'another database',
    { DATABASE_URL: 'mysql://root:hunter2@127.0.0.1/app' },
    'DATABASE_URL must be a postgres:// or postgresql:// address.',
  ],
  [
    'options in the address of Redis, which its client would follow',
    { REDIS_URL: 'redis://root:hunter2@127.0.0.1/0?commandTimeout=60000' },
    'REDIS_URL must be a redis:// or rediss:// address, with at most the number of a database behind it.',
  ],
  [
    'a secret file that is not there',
    { SECRET_KEY_FILE: '/nowhere/key' },
    'SECRET_KEY_FILE names /nowhere/key, and there is no such file.',
  ],
  [
    'a secret given twice',
    { SECRET_KEY: RANDOM, SECRET_KEY_FILE: '/nowhere/key' },
    'SECRET_KEY and SECRET_KEY_FILE are both set; leave one of them out.',
  ],
  [
    'an endless wait',
    { DATABASE_WAIT: 'forever' },
    'DATABASE_WAIT must be a duration: a whole number and s, m, h or d.',
  ],
  [
    'production over plain http',
    { ...PRODUCTION, ISSUER: 'http://auth.example.com' },
    'ISSUER must be https in production.',
  ],
  [
    'production on the embedded database by accident',
    { ...PRODUCTION, EMBEDDED_DATABASE: '' },
    'DATABASE_URL is required in production, unless EMBEDDED_DATABASE=allow.',
  ],
  [
    'production on the embedded database in other words',
    { ...PRODUCTION, EMBEDDED_DATABASE: 'yes' },
    'EMBEDDED_DATABASE must be allow, or be left out.',
  ],
  [
    'production without a key of its own',
    { ...PRODUCTION, SECRET_KEY: '' },
    'SECRET_KEY is required in production.',
  ],
];

describe('a wrong configuration is told in one line, with an example, and opens nothing', () => {
  it.each(WRONG)('%s', async (_, env, line) => {
    const dataDir = stage.dataDir();
    const { code, stdout, stderr } = await stage.service({ DATA_DIR: dataDir, ...env }).ended();
    expect([code, stdout]).toEqual([78, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toEqual([
      'The configuration has 1 mistake:',
      `  ${line}`,
      expect.stringMatching(/^ {4}for example: [A-Z_]+=\S/),
      'README.md explains every variable.',
    ]);
    expect(stderr).not.toContain('hunter2');
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('what other users of the machine may do is told at the start, with the command that ends it', () => {
  const warningsOf = (stdout: string) =>
    [...stdout.matchAll(/"msg":"([^"]*chmod[^"]*)"/g)].map(([, line]) => line);

  it('a directory that they may write, and secrets that they may read; once they may not, nothing', async () => {
    const folder = stage.folder();
    const dataDir = stage.preparedDataDir();
    const [key, env] = [join(dataDir, 'secret_key'), join(folder, '.env')];
    const given = join(folder, 'jwt_secret');
    writeFileSync(key, RANDOM);
    writeFileSync(given, RANDOM.repeat(2));
    writeFileSync(env, `JWT_ALGORITHM=HS256\nJWT_SECRET_PREVIOUS=${'x'.repeat(32)}\n`);
    const settings = { DATA_DIR: dataDir, JWT_SECRET_FILE: given };
    const modes = (directory: number, file: number) => {
      chmodSync(dataDir, directory);
      for (const path of [key, given, env]) chmodSync(path, file);
    };
    modes(0o770, 0o644);
    const open = stage.service(settings, folder);
    await open.ready();
    open.signal('SIGTERM');
    const secret = 'A file with a secret is open to every user of this machine. chmod o-rw';
    expect(warningsOf((await open.ended()).stdout)).toEqual([
      `DATA_DIR may be written by other users: whoever puts files there rules the database. chmod go-w ${dataDir}`,
      ...[env, given, key].map((path) => `${secret} ${path}`),
    ]);
    modes(0o750, 0o640);
    const closed = stage.service(settings, folder);
    await closed.ready();
    closed.signal('SIGTERM');
    expect(warningsOf((await closed.ended()).stdout)).toEqual([]);
  });
});

describe('what the system refuses', () => {
  it('a DATA_DIR that is a file is told without a stack', async () => {
    const file = join(stage.folder(), 'data');
    writeFileSync(file, '');
    for (const dataDir of [file, join(file, 'below')]) {
      const { code, stderr } = await stage.service({ DATA_DIR: dataDir, SECRET_KEY: RANDOM }).ended();
      expect([code, stderr]).toEqual([78, expect.stringContaining('DATA_DIR cannot be made (')]);
      expect(stderr).toContain(file);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  (existsSync('/proc/self') ? it : it.skip)('a DATA_DIR in /proc, which holds none, is told', async () => {
    const { code, stderr } = await stage.service({ DATA_DIR: '/proc/sumun/data' }).ended();
    expect([code, stderr]).toEqual([78, expect.stringContaining("mkdir '/proc/sumun'")]);
  });

  it('a DATA_DIR whose parents are missing is made, for its owner alone', async () => {
    const dataDir = join(stage.folder(), 'a', 'b');
    await stage.command(['users:create', 'kim'], { env: { DATA_DIR: dataDir }, input: 'x' }).ended();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it('a damaged embedded database is told with the way out', async () => {
    const dataDir = stage.dataDir();
    mkdirSync(join(dataDir, 'pglite'), { recursive: true });
    writeFileSync(join(dataDir, 'pglite', 'PG_VERSION'), 'garbage');
    const { code, stderr } = await stage.service({ DATA_DIR: dataDir }).ended();
    expect(code).toBe(69);
    expect(stderr).toContain(`The embedded database in ${join(dataDir, 'pglite')} did not open: `);
    expect(stderr).toMatch(/restore a backup with db:restore into another DATA_DIR\.\n$/);
  });

  it('an address of another machine is told without a stack', async () => {
    const { code, stderr } = await stage.service({ DATA_DIR: stage.dataDir(), HOST: '192.0.2.1' }).ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^It cannot listen there \(listen EADDRNOTAVAIL.*HOST must be an address of this machine.*\n$/,
    );
  });
});
