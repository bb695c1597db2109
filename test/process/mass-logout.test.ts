import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Api, PASSWORD } from './support/api.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const stage = new Stage();
afterEach(() => stage.end());
afterAll(() => stage.remove());

const [OLD, NEW] = [1, 2].map(() => randomBytes(32).toString('base64url'));
const dataDir = stage.preparedDataDir();

async function served(
  env: { SECRET_KEY?: string; SECRET_KEY_PREVIOUS?: string },
  work: (api: Api) => Promise<void>,
) {
  const service = stage.service({ DATA_DIR: dataDir, ...env });
  await work(new Api(await service.ready()));
  await service.end();
}

async function typed(args: string[], env: { SECRET_KEY?: string; SECRET_KEY_PREVIOUS?: string }) {
  const { code, stdout } = await stage.command(args, { env: { DATA_DIR: dataDir, ...env } }).ended();
  expect(code).toBe(0);
  return stdout;
}

it('a mass logout, as docs/runbook.md types it: no token of before is taken, and none can be traded meanwhile', async () => {
  const account = { email: 'kim@example.com', password: PASSWORD };
  let tokens = { access_token: '', refresh_token: '' };
  await served({ SECRET_KEY: OLD }, async (api) => {
    expect((await api.ask('POST', '/auth/register', account)).status).toBe(201);
    tokens = (await api.ask('POST', '/auth/login', account)).body as typeof tokens;
    expect((await api.get('/protected', tokens.access_token)).status).toBe(200);
  });
  await typed(['keys:rewrap'], { SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });
  const keys = (await typed(['keys:list', '--json'], { SECRET_KEY: NEW }))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kid: string; stage: string });
  const { kid } = keys.find((key) => key.stage === 'current')!;
  await typed(['keys:revoke', kid], { SECRET_KEY: NEW });
  await served({ SECRET_KEY: NEW }, async (api) => {
    const { refresh_token } = tokens;
    expect((await api.get('/protected', tokens.access_token)).body.code).toBe('invalid_token');
    const refreshed = await api.ask('POST', '/auth/refresh', { refresh_token });
    expect([refreshed.status, refreshed.body.code]).toEqual([401, 'invalid_refresh_token']);
    expect((await api.ask('POST', '/auth/login', account)).status).toBe(200);
  });
});
