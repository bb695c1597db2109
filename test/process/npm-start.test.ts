import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Api, PASSWORD } from './support/api.js';
import { ROOT } from './support/program.js';
import { until } from '../support/until.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

const stage = new Stage();
const SOURCES = [
  'src',
  'scripts',
  'drizzle',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  '.env',
];

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** The project as it is cloned and installed: no build, no data. */
function clone(): string {
  const folder = stage.folder();
  for (const name of SOURCES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

it('npm start builds and serves; a command runs inside it; a second one is refused and harms nothing', async () => {
  const cwd = clone();
  const env = { PORT: '0', npm_config_update_notifier: 'false' };
  const first = stage.program('npm', ['start'], { cwd, env });
  const api = new Api(await first.ready(100_000));
  expect(first.stdout).toContain('embedded PostgreSQL (PGlite), ./data/pglite, made now');
  expect(existsSync(join(cwd, 'data', 'secret_key'))).toBe(true);

  const command = [join(cwd, 'dist', 'cli.js'), 'users:create', 'kim@example.com'];
  const made = await stage.program(process.execPath, command, { cwd, input: `${PASSWORD}\n` }).ended();
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const token = await api.token('kim@example.com');

  const { pid } = JSON.parse(readFileSync(join(cwd, 'data', 'lock'), 'utf8')) as { pid: number };
  // Without its build, which would be the first one's over again.
  const second = await stage.program('npm', ['start', '--ignore-scripts'], { cwd, env }).ended();
  expect(second.code).toBe(75);
  expect(second.stdout).not.toContain('Sumun is ready');
  expect(second.stderr).toContain(`${join(cwd, 'data')} is in use by process ${pid} `);

  expect((await api.get('/protected', token)).status).toBe(200);
  expect((await api.get('/docs')).status).toBe(200);
  expect((await api.register('lee@example.com')).status).toBe(201);

  // npm's shell dies of the signal without passing it on: the service sees to it that it is not left behind.
  first.signal('SIGTERM');
  await until(() => readFileSync(join(cwd, 'data', 'lock'), 'utf8') === '');
  await until(() => !existsSync(`/proc/${pid}`));
});
