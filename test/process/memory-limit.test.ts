import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { pause } from '../support/until.js';
import { Api } from './support/api.js';
import { residentBytes, type Program } from './support/program.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(60_000);

const MIB = 1024 ** 2;
const HASH_BYTES = 19 * MIB;
const LOGINS = 60;
const AT_ONCE = 60;

const stage = new Stage();
/** Undefined where no server runs; on the CI machine that fails. */
const server = await ServerDatabase.create();

afterEach(() => stage.end());
afterAll(async () => {
  await server?.drop();
  stage.remove();
});

/** What it takes at most while the work is done. */
async function peakOf(service: Program, work: () => Promise<void>): Promise<number> {
  let peak = 0;
  let done = false;
  const ended = work().finally(() => (done = true));
  while (!done) {
    peak = Math.max(peak, residentBytes(service.pid));
    await pause(20);
  }
  await ended;
  return peak;
}

async function flood(api: Api): Promise<void> {
  let left = LOGINS;
  const client = async () => {
    while (left-- > 0) expect([401, 503]).toContain((await api.login(`nobody${left}@example.com`)).status);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}

// Counted where there is a /proc to count in.
(process.platform === 'linux' ? describe : describe.skip)('a flood of sign-ins, with MEMORY_LIMIT', () => {
  const cases: [string, number, number, Record<string, string>][] = [
    ['the embedded database', 1024, 17, { DATA_DIR: stage.preparedDataDir() }],
  ];
  if (server) cases.push(['PostgreSQL', 512, 6, { DATA_DIR: stage.dataDir(), DATABASE_URL: server.url }]);

  it.each(cases)(
    'takes no more, with as many hashes at once as fit: %s',
    async (_, mebibytes, threads, env) => {
      const limits = { MEMORY_LIMIT: `${mebibytes}M`, PASSWORD_THREADS: String(threads), RATE_LIMITS: 'off' };
      const service = stage.service({ ...env, ...limits, PASSWORD_WAIT_LIMIT: '60s' });
      const api = new Api(await service.ready());
      const idle = residentBytes(service.pid);
      const peak = await peakOf(service, () => flood(api));
      expect(peak).toBeGreaterThan(idle + threads * HASH_BYTES * 0.8);
      expect(peak).toBeLessThan(mebibytes * MIB);
    },
  );
});
