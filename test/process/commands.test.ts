import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest, beforeAll } from '@jest/globals';
import { Api } from './support/api.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const stage = new Stage();
const NEW_PASSWORD = 'another battery, another staple';

afterEach(() => stage.end());
afterAll(() => stage.remove());

async function run(dataDir: string, args: readonly string[], input?: string) {
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  return stage.command(args, input === undefined ? { env } : { env, input }).ended();
}

const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('beside a running service', () => {
  const dataDir = stage.preparedDataDir();

  it('lists, sets a password, and backs up; the backup restores elsewhere', async () => {
    const service = stage.service({ DATA_DIR: dataDir });
    const api = new Api(await service.ready());
    for (const name of ['a', 'b', 'c']) expect((await api.register(`${name}@example.com`)).status).toBe(201);

    const first = await run(dataDir, ['users:list', '--json', '--limit', '2']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const [a, b] = linesOf(first.stdout);
    expect([a!['email'], b!['email']]).toEqual(['a@example.com', 'b@example.com']);
    expect(Object.keys(a!)).toEqual(['id', 'email', 'roles', 'created_at', 'disabled']);
    const rest = await run(dataDir, ['users:list', '--json', '--all', '--after', String(b!['id'])]);
    expect(linesOf(rest.stdout).map(({ email }) => email)).toEqual(['c@example.com']);
    expect(rest.stderr).toBe('');
    const table = await run(dataDir, ['users:list', '--all', '--progress']);
    expect(table.stdout.split('\n')[0]).toMatch(/^id +email +roles +created_at +disabled$/);
    expect(table.stdout).not.toContain('\u001b');
    expect(table.stderr).toBe('3 accounts\n');

    const published = (await api.get('/.well-known/jwks.json')).body.keys as { kid: string }[];
    const keys = linesOf((await run(dataDir, ['keys:list', '--json'])).stdout);
    expect(keys.map(({ kid }) => kid).sort()).toEqual(published.map(({ kid }) => kid).sort());
    expect(keys.map(({ stage: of }) => of).sort()).toEqual(['current', 'next']);
    expect(Object.keys(keys[0]!)).toEqual(['kid', 'algorithm', 'stage', 'created_at', 'keep_until']);

    const early = await run(dataDir, ['keys:rotate']);
    expect([early.code, early.stdout]).toEqual([65, '']);
    expect(early.stderr).toContain('keys:revoke takes it out at once');
    const [signs, next] = ['current', 'next'].map((of) => keys.find((key) => key['stage'] === of)!['kid']);
    const signed = await api.token('b@example.com');
    // A kid is base64url, and one in 64 begins with "-".
    const unknown = await run(dataDir, ['keys:revoke', '-eCx46qolUUc5PO6MJT1ufcq4wY6z_r1To2Yhqb_aB4']);
    expect([unknown.code, unknown.stderr]).toEqual([65, expect.stringContaining('keys:list')]);
    const revoked = await run(dataDir, ['keys:revoke', String(signs), '--json']);
    expect(JSON.parse(revoked.stdout)).toEqual({ kid: signs, stage: 'current', signs: next });
    expect((await api.get('/protected', signed)).body.code).toBe('invalid_token');
    const rewrapped = await run(dataDir, ['keys:rewrap']);
    expect(rewrapped.stdout).toMatch(/^All signing keys .* SECRET_KEY [0-9a-f]{8}: 0 sealed anew\.\n$/);

    const { access_token, refresh_token } = (await api.login('a@example.com')).body;
    const other = await api.token('b@example.com');
    expect((await api.get('/protected', access_token)).status).toBe(200);
    const set = await run(dataDir, ['users:set-password', 'A@example.com', '--json'], `${NEW_PASSWORD}\n`);
    expect([set.code, JSON.parse(set.stdout)]).toEqual([
      0,
      { id: a!['id'], email: 'a@example.com', sessions_ended: 1 },
    ]);
    const refused = await api.get('/protected', access_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'token_revoked']);
    expect((await api.ask('POST', '/auth/refresh', { refresh_token })).status).toBe(401);
    expect((await api.login('a@example.com')).status).toBe(401);
    const renewed = await api.login('a@example.com', NEW_PASSWORD);
    expect(renewed.status).toBe(200);
    expect((await api.get('/protected', renewed.body.access_token)).status).toBe(200);
    expect((await api.get('/protected', other)).status).toBe(200);

    const file = join(stage.folder(), 'backup.tar.gz');
    expect((await run(dataDir, ['db:backup', '--to', file])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await run(dataDir, ['db:backup', '--to', file]);
    expect([again.code, again.stderr]).toEqual([65, expect.stringContaining('is there already')]);
    await expectRestorable(file);
  });

  it('makes the first admin, whose old token is revoked at once, and lets nobody take it from the last', async () => {
    const service = stage.service({ DATA_DIR: dataDir });
    const api = new Api(await service.ready());
    expect((await api.register('first@example.com')).status).toBe(201);
    const before = await api.token('first@example.com');
    const granted = await run(dataDir, ['users:grant', 'First@example.com', 'admin', '--json']);
    expect([granted.code, JSON.parse(granted.stdout)]).toMatchObject([
      0,
      { email: 'first@example.com', roles: ['admin', 'user'] },
    ]);
    expect((await api.get('/admin/users', before)).body.code).toBe('token_revoked');
    expect((await api.get('/admin/users', await api.token('first@example.com'))).status).toBe(200);
    const roles = linesOf((await run(dataDir, ['roles:list', '--json'])).stdout);
    expect(roles.map(({ name }) => name)).toEqual(['admin', 'user']);
    for (const [args, message] of [
      [['users:revoke', 'first@example.com', 'admin'], 'last admin'],
      [['users:grant', 'first@example.com', 'boss'], 'role: There is no such role.'],
      [['users:grant', 'nobody@example.com', 'admin'], 'no account of nobody@example.com'],
    ] as const) {
      const refused = await run(dataDir, args);
      expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining(message)]);
    }
  });

  it('registers a client whose secret is shown once, lists it without, and deletes it', async () => {
    const service = stage.service({ DATA_DIR: dataDir, ISSUER: 'http://localhost:3000' });
    const api = new Api(await service.ready());
    const wanted = ['--audience', 'http://localhost:3000', '--may', 'introspect,revoke'];
    const made = await run(dataDir, ['clients:create', ...wanted, '--name', 'reports', '--json']);
    const { client_id, client_secret, ...rest } = JSON.parse(made.stdout) as Record<string, string>;
    expect([made.code, made.stderr, rest]).toMatchObject([
      0,
      '',
      { name: 'reports', audience: 'http://localhost:3000', may: ['introspect', 'revoke'] },
    ]);
    const told = await run(dataDir, ['clients:create', ...wanted.slice(0, 3), 'revoke']);
    expect(told.stdout).toMatch(/^client_id: {5}[A-Za-z0-9]{20}\nclient_secret: [A-Za-z0-9]{43}$/m);

    const listed = await run(dataDir, ['clients:list', '--json']);
    expect(linesOf(listed.stdout)).toMatchObject([{ client_id, ...rest }, { may: ['revoke'] }]);
    const table = await run(dataDir, ['clients:list']);
    expect(table.stdout).toMatch(/^client_id +name +audience +may +created_at\n/);
    expect(listed.stdout + table.stdout).not.toContain(client_secret);

    const asked = async () => {
      const form = new URLSearchParams({ token: 'x', client_id: client_id!, client_secret: client_secret! });
      return (await fetch(`${api.origin}/oauth/introspect`, { method: 'POST', body: form })).json();
    };
    expect(await asked()).toEqual({ active: false });
    const deleted = await run(dataDir, ['clients:delete', client_id!]);
    expect([deleted.code, deleted.stdout]).toEqual([0, `Deleted the client ${client_id}.\n`]);
    expect(await asked()).toMatchObject({ error: 'invalid_client' });
    const again = await run(dataDir, ['clients:delete', client_id!]);
    expect([again.code, again.stderr]).toEqual([65, `There is no client ${client_id}.\n`]);
  });

  async function expectRestorable(file: string): Promise<void> {
    const elsewhere = stage.dataDir();
    const damaged = join(stage.folder(), 'damaged.tar.gz');
    copyFileSync(file, damaged);
    truncateSync(damaged, statSync(file).size - 100_000);
    expect((await run(elsewhere, ['db:restore', '--from', damaged])).code).not.toBe(0);
    expect(existsSync(join(elsewhere, 'pglite'))).toBe(false);
    const restored = await run(elsewhere, ['db:restore', '--from', file, '--json']);
    expect([restored.code, JSON.parse(restored.stdout)]).toEqual([0, { data_dir: elsewhere }]);
    const occupied = await run(elsewhere, ['db:restore', '--from', file]);
    expect([occupied.code, occupied.stderr]).toEqual([
      78,
      expect.stringContaining('only where there is none'),
    ]);
    copyFileSync(join(dataDir, 'secret_key'), join(elsewhere, 'secret_key'));
    const api = new Api(await stage.service({ DATA_DIR: elsewhere }).ready());
    expect((await api.login('a@example.com', NEW_PASSWORD)).status).toBe(200);
    expect((await api.login('c@example.com')).status).toBe(200);
  }
});

describe('what a command refuses', () => {
  const dataDir = stage.preparedDataDir();
  // The account makes the database, too, where the template of the tests is on a server.
  beforeAll(async () => {
    expect((await run(dataDir, ['users:create', 'kim@example.com'], `${NEW_PASSWORD}\n`)).code).toBe(0);
  });

  it.each([
    ['a short password', ['users:set-password', 'kim@example.com'], 'short', 65, 'at least 8 characters'],
    [
      'an unknown account',
      ['users:set-password', 'no@example.com'],
      NEW_PASSWORD,
      65,
      'no account of no@example.com',
    ],
    ['a limit that is none', ['users:list', '--limit', 'x'], '', 65, '--limit is a whole number'],
    ['a place to go on that is none', ['users:list', '--after', 'x'], '', 65, '--after is the id'],
    [
      'a client of nowhere',
      ['clients:create', '--audience', 'x', '--may', 'revoke'],
      '',
      65,
      '--audience is one of those in AUDIENCE: http',
    ],
    ['a client for nothing', ['clients:create', '--audience', 'x'], '', 64, '--may <actions>'],
    ['an unknown option', ['keys:list', '--all'], '', 64, 'unknown option'],
    ['a backup to nowhere', ['db:backup', '--to', '/nowhere/x'], '', 78, 'was not written'],
    ['a move to no database', ['db:move', '--to', 'mysql://x/y'], '', 64, 'postgres://'],
  ])('%s', async (_, args, input, code, said) => {
    const ended = await run(dataDir, args, `${input}\n`);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, '', expect.stringContaining(said)]);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it.each([['users:list'], ['keys:list'], ['db:backup', '--to', 'x']])(
    '%s where there is no database, and makes none',
    async (...args) => {
      const nowhere = stage.dataDir();
      const { code, stderr } = await run(nowhere, args);
      expect([code, stderr]).toEqual([78, expect.stringContaining(`in ${nowhere}`)]);
      expect(existsSync(nowhere)).toBe(false);
    },
  );

  it('a backup of a server', async () => {
    const env = { DATA_DIR: dataDir, DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    const { code, stderr } = await stage.command(['db:backup', '--to', 'x'], { env }).ended();
    expect([code, stderr]).toEqual([64, expect.stringContaining('pg_dump')]);
  });
});

it('every command explains itself, and stands in the documentation of both languages', async () => {
  const { stdout } = await run('', ['--help']);
  const [, listed = ''] = stdout.split('\nCommands:\n');
  const all = [...listed.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name!);
  // Commander's own.
  const names = all.filter((name) => name !== 'help');
  expect(names).toEqual(expect.arrayContaining(['users:list', 'keys:list', 'db:move', 'routes', 'config']));
  const pages = ['docs/commands.md', 'docs/commands.ko.md'].map((path) => readFileSync(path, 'utf8'));
  const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts;
  for (const name of names) {
    const help = await run('', [name, '--help']);
    expect([name, help.code, help.stdout]).toEqual([name, 0, expect.stringContaining('--json')]);
    for (const page of pages) expect(page).toMatch(new RegExp(`\`${name}[ \`]`));
    expect(scripts).toHaveProperty([name]);
  }
});

describe('what the code makes, for programs', () => {
  const committed = (file: string) => readFileSync(file, 'utf8');
  const printed = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('', [...args, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    return linesOf(stdout);
  };

  it('the routes, with what each asks', async () => {
    const routes = await printed('routes');
    const lock = committed('access.lock').trim().split('\n');
    expect(routes.map(({ method, path, credential }) => [method, path, credential].join(' '))).toEqual(
      lock.map((line) => line.split(' ').slice(0, 3).join(' ')),
    );
    expect(routes).toContainEqual({
      ...{ method: 'DELETE', path: '/notes/:id', credential: 'bearer' },
      ...{ permissions: ['note:write'], policies: ['OwnerOrAdmin'] },
    });
  });

  it('the document, on one line', async () => {
    expect(await printed('openapi')).toEqual([JSON.parse(committed('openapi.json'))]);
  });

  it('the variables', async () => {
    const variables = await printed('config');
    const table = committed('README.md').matchAll(/^\| `([A-Z_]+)`(?:, `[A-Z_]+_FILE`)? \| .* \| .* \|$/gm);
    expect(variables.map(({ name }) => name)).toEqual([...table].map(([, name]) => name));
    expect(variables).toContainEqual(expect.objectContaining({ name: 'PORT', default: '3000' }));
    expect(variables).toContainEqual(
      expect.objectContaining({ name: 'SECRET_KEY', default: null, secret: true }),
    );
  });

  it('that nothing of it is stale', async () => {
    expect(await printed('config', '--check')).toEqual([{ stale: [] }]);
  });
});
