import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Api, PASSWORD } from './support/api.js';
import { ROOT, type Ended } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const EX_USAGE = 64;
const EX_DATAERR = 65;

afterEach(() => stage.end());
afterAll(() => stage.remove());

describe('users:create', () => {
  const dataDir = stage.preparedDataDir();
  const env = { DATA_DIR: dataDir };

  function create(email: string, password = `${PASSWORD}\n`, ...options: string[]): Promise<Ended> {
    return stage.command(['users:create', email, ...options], { env, input: password }).ended();
  }

  async function expectRefusal(email: string, password: string, ...reasons: RegExp[]): Promise<void> {
    const { code, stdout, stderr } = await create(email, password);
    expect([code, stdout]).toEqual([EX_DATAERR, '']);
    for (const reason of reasons) expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/^\s+at /m);
  }

  it('alone opens the database itself, and leaves it to the service', async () => {
    const made = await create('alone@example.com');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/^Made the account of alone@example\.com, [0-9a-f-]{36}\.\n$/);
    expect(existsSync(join(dataDir, 'control.sock'))).toBe(false);
    await expectRefusal('lee@example.com', 'password123\n', /^ {2}password: .*attackers try first/m);
  });

  it('beside a running service runs inside it', async () => {
    const service = stage.service(env);
    const api = new Api(await service.ready());
    expect((await api.login('alone@example.com')).status).toBe(200);
    const made = await create('beside@example.com', `${PASSWORD}\n`, '--name', '김하늘', '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const user = JSON.parse(made.stdout) as { id: string };
    expect(user).toMatchObject({ email: 'beside@example.com', name: '김하늘', roles: ['user'] });
    const token = await api.token('beside@example.com');
    expect((await api.get('/users/me', token)).body).toEqual(user);
    await Promise.all([
      expectRefusal('Beside@Example.com', PASSWORD, /address/),
      expectRefusal('lee@example.com', 'password123', /^ {2}password: .*attackers try first/m),
      expectRefusal('not an address', 'short', /^ {2}email: /m, /^ {2}password: /m),
    ]);
    expect(service.running).toBe(true);
    expect(service.stderr).toBe('');
  });

  it('takes no password as an argument or an option, and does not repeat it', async () => {
    const attempts = [
      ['users:create', 'kim@example.com', PASSWORD],
      ['users:create', 'kim@example.com', '--password', PASSWORD],
    ];
    for (const attempt of attempts.map((args) => stage.command(args, { env }))) {
      const { code, stdout, stderr } = await attempt.ended();
      expect([code, stdout]).toEqual([EX_USAGE, '']);
      expect(stderr).toMatch(/too many arguments|unknown option/);
      expect(stderr).not.toContain(PASSWORD);
    }
  });
});

it('--help tells the usage of every command, and no other is known', async () => {
  const program = stage.command(['--help']);
  const unknown = await stage.command(['users:destroy']).ended();
  expect([unknown.code, unknown.stdout]).toEqual([EX_USAGE, '']);
  expect(unknown.stderr).toContain("unknown command 'users:destroy'");
  const { code, stdout } = await program.ended();
  expect(code).toBe(0);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+(?::[a-z]+)?) [[<]/gm)].map(([, name]) => name!);
  expect(listed).toEqual(expect.arrayContaining(['routes', 'openapi', 'config', 'users:create']));
  const commands = listed.filter((name) => name !== 'help');
  const helps = commands.map((name) => stage.command([name, '--help']).ended());
  for (const [n, help] of (await Promise.all(helps)).entries()) {
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain(`Usage: sumun ${commands[n]!}`);
  }
});

describe('what the code makes', () => {
  const files = readdirSync(ROOT).filter((name) =>
    /^(?:access\.lock|openapi\.json|README.*\.md|\.env)$/.test(name),
  );
  let folder: string;

  beforeAll(async () => {
    folder = stage.folder();
    for (const file of files) cpSync(join(ROOT, file), join(folder, file));
  });

  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const change = (file: string, from: string | RegExp, to: string) => {
    const changed = text(file).replace(from, to);
    expect(changed).not.toBe(text(file));
    writeFileSync(join(folder, file), changed);
  };
  const run = (...args: string[]) => stage.command(args, { cwd: folder }).ended();

  it('is what is committed', async () => {
    const checks = await Promise.all(['routes', 'openapi', 'config'].map((name) => run(name, '--check')));
    for (const { code, stdout, stderr } of checks) expect([code, stdout, stderr]).toEqual([0, '', '']);
  });

  it('is printed', async () => {
    const [routes, config] = await Promise.all([run('routes'), run('config')]);
    expect(routes).toMatchObject({ code: 0, stdout: text('access.lock') });
    expect(text('README.md')).toContain(config.stdout.trim());
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('names every change of who may reach what, and writes it when told to', async () => {
    const committed = text('access.lock');
    change('access.lock', 'GET /protected bearer\n', '');
    change('access.lock', 'GET /users/me bearer', 'GET /users/me public');
    writeFileSync(join(folder, 'access.lock'), `${text('access.lock')}GET /gone public\n`);
    const { code, stdout } = await run('routes', '--check');
    expect(code).toBe(1);
    expect(stdout).toContain('access.lock: GET /protected is new: bearer\n');
    expect(stdout).toContain('access.lock: GET /users/me was public and is now bearer\n');
    expect(stdout).toContain('access.lock: GET /gone (public) is no longer there\n');
    expect(stdout).toContain('--write');
    expect((await run('routes', '--write')).code).toBe(0);
    expect(text('access.lock')).toBe(committed);
  });

  it('sees a stale document and a stale table of variables', async () => {
    change('openapi.json', '"3.1.0"', '"3.0.0"');
    change('README.md', '| `PORT`', '| `PORTS`');
    change('.env', '#PORT=3000', 'PORT=4000');
    const [openapi, config] = await Promise.all([run('openapi', '--check'), run('config', '--check')]);
    expect([openapi.code, config.code]).toEqual([1, 1]);
    expect(openapi.stdout).toContain('openapi.json is not what the code makes.');
    expect(config.stdout).toContain('README.md is not what the code makes.');
    expect(config.stdout).toContain('.env is not what the code makes.');
  });
});
