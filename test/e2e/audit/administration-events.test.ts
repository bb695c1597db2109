import { beforeAll, describe, expect, it } from '@jest/globals';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { anAdmin } from '../../builders/administration.js';
import { aSignedInUser, PASSWORD, type SignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const admin = await anAdmin(app);
const token = admin.tokens.access_token;

/** What was written since the last time this was asked. */
let seen = 0;
async function fresh() {
  const rows = await app.sql<{ details: string }>('SELECT * FROM audit_events ORDER BY id');
  return rows.slice(seen, (seen = rows.length)).map((row) => ({ ...row, details: JSON.parse(row.details) }));
}

const byAdmin = { via: 'http', actor_id: admin.id, ip: '127.0.0.1', request_id: expect.any(String) };
const byOperator = { via: 'command_line', actor_id: null, ip: null, agent: null, request_id: null };

describe('what administration did is written down', () => {
  let kim: SignedInUser;
  beforeAll(async () => {
    kim = await aSignedInUser(app);
    await fresh();
  });

  const CHANGES: [string, string, unknown, string, object][] = [
    ['PATCH', '/admin/users/KIM', { name: '김하늘' }, 'users.renamed', {}],
    [
      'POST',
      '/admin/roles',
      { name: 'desk', permissions: ['user:read'] },
      'roles.created',
      { role: 'desk', permissions: ['user:read'] },
    ],
    [
      'PATCH',
      '/admin/roles/desk',
      { permissions: ['role:read'] },
      'roles.changed',
      { role: 'desk', added: ['role:read'], removed: ['user:read'] },
    ],
    [
      'PUT',
      '/admin/users/KIM/roles',
      { roles: ['desk'] },
      'users.roles_changed',
      { added: ['desk'], removed: ['user'] },
    ],
    ['PUT', '/admin/users/KIM/roles', { roles: [] }, 'users.roles_changed', { added: [], removed: ['desk'] }],
    ['DELETE', '/admin/roles/desk', undefined, 'roles.deleted', { role: 'desk' }],
    ['DELETE', '/admin/users/KIM/sessions', undefined, 'admin.sessions_ended', { sessions_ended: 1 }],
    ['POST', '/admin/users/KIM/disable', undefined, 'users.disabled', {}],
    ['POST', '/admin/users/KIM/enable', undefined, 'users.enabled', {}],
  ];
  it.each(CHANGES)('%s %s with %j: %s', async (method, path, json, type, details) => {
    const send = () => app.http.request(method, path.replace('KIM', kim.id), { token, json });
    expect((await send()).status).toBeLessThan(300);
    const subject_id = path.includes('KIM') ? kim.id : null;
    expect(await fresh()).toMatchObject([{ ...byAdmin, type, subject_id, details, email: null }]);
  });

  it.each([
    ['PATCH', '/admin/users/KIM', {}],
    ['PATCH', '/admin/users/KIM', { name: '김하늘' }],
    ['PUT', '/admin/users/KIM/roles', { roles: [] }],
    ['PUT', '/admin/users/KIM/roles', { roles: ['nobodys'] }],
    ['PATCH', '/admin/roles/user', {}],
    ['PATCH', '/admin/roles/admin', { permissions: [] }],
    ['DELETE', '/admin/roles/user', undefined],
    ['POST', '/admin/users/KIM/enable', undefined],
    ['DELETE', `/admin/users/${admin.id}`, undefined],
  ])('%s %s with %j changes nothing, and is not', async (method, path, json) => {
    await app.http.request(method, path.replace('KIM', kim.id), { token, json });
    expect(await fresh()).toEqual([]);
  });

  it('an account made with roles, by whom and for which address', async () => {
    const account = { email: 'made@example.com', roles: ['admin'] };
    const { body } = await app.http.post('/admin/users', account, { token });
    expect(await fresh()).toMatchObject([
      {
        ...byAdmin,
        type: 'users.created',
        subject_id: body.id,
        email: account.email,
        details: { roles: ['admin'] },
      },
    ]);
  });

  it('what an operator did at the command line, as nobody who could be named', async () => {
    const { email, id } = await aSignedInUser(app);
    await fresh();
    const run = (name: string, input: object) => app.nest.get(ControlCommands).run(name, input);
    await run('users:grant', { email, role: 'admin' });
    await run('users:set-password', { email, password: 'another battery, another staple' });
    await run('users:create', { email: 'new@example.com', password: PASSWORD });
    expect(await fresh()).toMatchObject([
      {
        ...byOperator,
        type: 'users.roles_changed',
        subject_id: id,
        details: { added: ['admin'], removed: [] },
      },
      { ...byOperator, type: 'auth.password_set', subject_id: id, details: { sessions_ended: 1 } },
      { ...byOperator, type: 'auth.registered', email: 'new@example.com', details: {} },
    ]);
  });

  it('a password proved anew, and one that was wrong', async () => {
    const { id, tokens } = await aSignedInUser(app);
    const [, opened] = await fresh();
    const confirm = (password: string) =>
      app.http.post('/auth/reauthenticate', { password }, { token: tokens.access_token });
    expect([(await confirm('not the password')).status, (await confirm(PASSWORD)).status]).toEqual([
      401, 200,
    ]);
    const by = { actor_id: id, subject_id: id, details: opened!.details };
    expect(await fresh()).toMatchObject([
      { ...by, type: 'auth.reauthentication_refused' },
      { ...by, type: 'auth.reauthenticated' },
    ]);
  });
});
