import { execFileSync } from 'node:child_process';
import { existsSync, cpSync, rmSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Api } from './support/api.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

const stage = new Stage();
const disk = stage.folder();
/** Not here: only root may mount a disk so small that it is soon full. */
const mounted = mount();
const CHEAP = { PASSWORD_HASH_MEMORY: '64', PASSWORD_HASH_TIME: '1' };

afterEach(() => stage.end());
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  stage.remove();
});

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes until nothing more goes in. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  const page = Buffer.alloc(4096);
  try {
    for (;;) writeSync(fd, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}

(mounted ? it : it.skip)(
  'a full disk under the embedded database: 503 and a reason in the log, and nothing that was answered is lost',
  async () => {
    const dataDir = join(disk, 'data');
    const prepared = stage.preparedDataDir();
    if (existsSync(prepared)) cpSync(prepared, dataDir, { recursive: true });
    const settings = { DATA_DIR: dataDir, ...CHEAP };
    const service = stage.service(settings);
    const api = new Api(await service.ready());
    expect((await api.register('first@example.com')).status).toBe(201);
    const token = await api.token('first@example.com');
    fill(join(disk, 'filling'));

    const made: string[] = [];
    const statuses = new Set<number>();
    for (let n = 0; n < 2000 && !statuses.has(503); n += 1) {
      const email = `${'x'.repeat(40)}-${n}@example.com`;
      const { status, headers } = await api.register(email);
      statuses.add(status);
      if (status === 201) made.push(email);
      else expect(headers['retry-after']).toMatch(/^\d+$/);
    }
    expect([...statuses].filter((status) => status !== 201)).toEqual([503]);
    expect((await api.get('/health/live')).status).toBe(200);
    expect((await api.get('/protected', token)).status).toBe(200);
    expect(service.stdout).toMatch(/No space left on device/i);
    service.signal('SIGTERM');
    await service.ended();

    // Whether it can start at all without space is the disk's to say; what it says must be clear.
    const starved = stage.service(settings);
    await starved.ready().catch(() => undefined);
    if (!starved.running) {
      expect(starved.child.exitCode).toBe(69);
      expect(starved.stderr).toMatch(/no space left on device/i);
      expect(starved.stderr).not.toMatch(/^\s+at /m);
    }
    await starved.end();

    rmSync(join(disk, 'filling'));
    const after = new Api(await stage.service(settings).ready());
    for (const email of ['first@example.com', ...made.slice(-5)]) {
      expect([email, (await after.login(email)).status]).toEqual([email, 200]);
    }
    expect((await after.register('last@example.com')).status).toBe(201);
  },
);
