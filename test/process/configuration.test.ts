import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Api } from './support/api.js';
import type { Environment } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const SECRET_KEY = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64url');
const EX_CONFIG = 78;

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** Starts what must not start: nothing on standard output, nothing made; answers the variables it names. */
async function refusal(env: Environment): Promise<{ named: string[]; stderr: string }> {
  const dataDir = stage.dataDir();
  const { code, stdout, stderr } = await stage.service({ DATA_DIR: dataDir, ...env }).ended();
  expect([code, stdout]).toEqual([EX_CONFIG, '']);
  expect(existsSync(dataDir)).toBe(false);
  expect(stderr).not.toMatch(/^\s+at /m);
  return { named: [...stderr.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name!), stderr };
}

describe('a wrong configuration', () => {
  it('is told whole, with what is wrong and an example, before anything is opened', async () => {
    const { named, stderr } = await refusal({
      PORT: '99999',
      ISSUER: 'https://auth.example.com/path',
      SECRET_KEY: 'hunter2-hunter2',
      JWT_ALGORITHM: 'none',
      ACCESS_TOKEN_TTL: '10',
      REFRESH_IDLE_TTL: '100d',
      DATABASE_URL: 'mysql://root:hunter2@127.0.0.1/app',
    });
    expect(named.sort()).toEqual([
      'ACCESS_TOKEN_TTL',
      'DATABASE_URL',
      'ISSUER',
      'JWT_ALGORITHM',
      'PORT',
      'REFRESH_IDLE_TTL',
      'SECRET_KEY',
    ]);
    expect(stderr).toContain('7 mistake');
    expect(stderr).toContain('for example: PORT=8080');
    expect(stderr).not.toContain('hunter2');
  });

  it('refuses an environment that is none', async () => {
    expect((await refusal({ NODE_ENV: 'staging' })).named).toContain('NODE_ENV');
  });

  it('in production names everything that production requires', async () => {
    const { named } = await refusal({ NODE_ENV: 'production' });
    expect(named.sort()).toEqual(['DATABASE_URL', 'ISSUER', 'SECRET_KEY']);
  });

  it('stops the command line, too', async () => {
    const dataDir = stage.dataDir();
    const env = { DATA_DIR: dataDir, NODE_ENV: 'production' };
    const input = 'correct horse battery staple\n';
    const { code, stderr } = await stage.command(['users:create', 'kim@example.com'], { env, input }).ended();
    expect([code, stderr]).toEqual([EX_CONFIG, expect.stringContaining('SECRET_KEY is required')]);
    expect(existsSync(dataDir)).toBe(false);
  });
});

it('production starts on the embedded database when told to in so many words, and makes no secret', async () => {
  const dataDir = stage.preparedDataDir();
  const key = join(stage.folder(), 'key');
  writeFileSync(key, `${SECRET_KEY}\n`, { mode: 0o600 });
  const service = stage.service({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    ISSUER: 'https://auth.example.com',
    EMBEDDED_DATABASE: 'allow',
    SECRET_KEY_FILE: key,
    DATA_DIR: dataDir,
  });
  const origin = await service.ready();
  expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(service.stdout).toContain('issuer     https://auth.example.com');
  expect(existsSync(join(dataDir, 'secret_key'))).toBe(false);
  expect(service.stdout + service.stderr).not.toContain(SECRET_KEY);
  const metadata = await new Api(origin).get('/.well-known/oauth-authorization-server');
  expect(metadata.body.issuer).toBe('https://auth.example.com');
});
