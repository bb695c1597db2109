import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, jest } from '@jest/globals';
import { Api } from './support/api.js';
import { ROOT, type Program } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const stage = new Stage();
const CORES = 39;

afterAll(async () => {
  await stage.end();
  stage.remove();
});

/** A service by the launcher, on a machine that says to have many cores. */
function launched(): Program {
  const machine = join(stage.folder(), 'machine.cjs');
  writeFileSync(machine, `require('node:os').availableParallelism = () => ${CORES};`);
  return stage.program(process.execPath, [join(ROOT, 'scripts', 'serve.cjs')], {
    env: { PORT: '0', DATA_DIR: stage.preparedDataDir(), NODE_OPTIONS: `--require ${machine}` },
  });
}

/** Logs in, so that the pool is there, and counts. */
async function threadsOf(service: Program): Promise<number> {
  const api = new Api(await service.ready());
  expect((await api.login('nobody@example.com')).status).toBe(401);
  return process.platform === 'linux' ? readdirSync(`/proc/${service.pid}/task`).length : 0;
}

it('the launcher makes a thread for every core and one more; without it the service says what to set', async () => {
  const small = stage.service({ DATA_DIR: stage.preparedDataDir(), UV_THREADPOOL_SIZE: '1' });
  const large = launched();
  const threads = [await threadsOf(small), await threadsOf(large)] as const;
  if (process.platform === 'linux') expect(threads[1] - threads[0]).toBe(CORES + 1 - 1);
  expect(small.stdout).toContain(`UV_THREADPOOL_SIZE=${Math.max(3, availableParallelism() + 1)}`);
  expect(large.stdout).not.toContain('UV_THREADPOOL_SIZE');
  // The one process that was started serves, so that a signal needs nobody to pass it on.
  large.signal('SIGTERM');
  expect((await large.ended()).code).toBe(0);
});

it('is what npm start and npm run start:prod run', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect([scripts['start'], scripts['start:prod']]).toEqual(Array(2).fill('node scripts/serve.cjs'));
});
