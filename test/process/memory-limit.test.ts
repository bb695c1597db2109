import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { pause } from '../support/until.js';
import { Api } from './support/api.js';
import { residentBytes, type Environment, type Program } from './support/program.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(60_000);

const MIB = 1024 ** 2;
/** What is reckoned with for each hash that runs, its thread with it. */
const EACH = 31 * MIB;
const HASH = 19 * MIB;
const LOGINS = 60;

const stage = new Stage();
/** Undefined where no server runs; on the CI machine that fails. */
const server = await ServerDatabase.create();

afterEach(() => stage.end());
afterAll(async () => {
  await server?.drop();
  stage.remove();
});

/** What it takes at most while the work is done. */
async function peakOf(service: Program, work: Promise<void>): Promise<number> {
  let peak = 0;
  let done = false;
  void work.finally(() => (done = true)).catch(() => undefined);
  while (!done) {
    peak = Math.max(peak, residentBytes(service.pid));
    await pause(20);
  }
  await work;
  return peak;
}

/** What it takes when nobody asks for anything, and what a start took is given back. */
async function idleBytes(service: Program): Promise<number> {
  let before = Infinity;
  for (let half = 0; half < 20; half++) {
    const now = residentBytes(service.pid);
    if (Math.abs(now - before) < MIB) break;
    before = now;
    await pause(500);
  }
  return before;
}

async function flood(api: Api): Promise<void> {
  const logins = Array.from({ length: LOGINS }, (_, n) => api.login(`nobody${n}@example.com`));
  for (const { status } of await Promise.all(logins)) expect(status).toBe(401);
}

async function expectWithin(env: Environment, mebibytes: number, hashes: number): Promise<void> {
  // More than fit are not configured: the start would be refused.
  const limits = { MEMORY_LIMIT: `${mebibytes}Mi`, PASSWORD_THREADS: String(hashes), RATE_LIMITS: 'off' };
  const patience = { PASSWORD_WAIT_LIMIT: '60s', EVENT_LOOP_DELAY_LIMIT: '0' };
  const service = stage.service({ ...env, ...limits, ...patience });
  const api = new Api(await service.ready());
  const idle = await idleBytes(service);
  const peak = await peakOf(service, flood(api));
  expect(peak).toBeGreaterThan(idle + (hashes * HASH) / 2);
  expect(peak - idle).toBeLessThan(hashes * EACH);
  expect(peak).toBeLessThan(mebibytes * MIB);
}

async function refused(env: Environment, mebibytes: number, hashes: number): Promise<string> {
  const limits = { MEMORY_LIMIT: `${mebibytes}Mi`, PASSWORD_THREADS: String(hashes) };
  const { code, stderr } = await stage.service({ ...env, ...limits }).ended();
  expect(code).toBe(78);
  return stderr;
}

/** Counted where there is a /proc to count in. */
const here = process.platform === 'linux';

describe('a flood of sign-ins, as many hashed at once as fit in MEMORY_LIMIT, takes no more than that', () => {
  (here ? it : it.skip)('with the embedded database', async () => {
    await expectWithin({ DATA_DIR: stage.preparedDataDir() }, 1024, 17);
    expect(await refused({ DATA_DIR: stage.dataDir() }, 1024, 18)).toContain('MEMORY_LIMIT=1038Mi');
  });

  (here && server ? it : it.skip)('on PostgreSQL', async () => {
    const env = { DATA_DIR: stage.dataDir(), DATABASE_URL: server!.url };
    await expectWithin(env, 512, 4);
    expect(await refused(env, 512, 5)).toContain('MEMORY_LIMIT=539Mi');
  });
});
