import { beforeEach, describe, expect, it } from '@jest/globals';
import { anAdmin, setRoles } from '../../builders/administration.js';
import { aUser, type SignedInUser } from '../../builders/users.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const send = ({ tokens }: SignedInUser, method: string, path: string, json?: unknown) =>
  app.http.request(method, path, { token: tokens.access_token, json });
const admins = () =>
  app.sql<{ id: string }>(
    `SELECT id FROM users JOIN user_roles ON user_id = id WHERE role = 'admin' AND disabled_at IS NULL`,
  );

let first: SignedInUser;
beforeEach(async () => {
  await app.sql('DELETE FROM users');
  first = await anAdmin(app);
});

const CHANGES: [string, (id: string) => [string, string, unknown?]][] = [
  ['demoted', (id) => ['PUT', `/admin/users/${id}/roles`, { roles: ['user'] }]],
  ['disabled', (id) => ['POST', `/admin/users/${id}/disable`]],
  ['deleted', (id) => ['DELETE', `/admin/users/${id}`]],
];

describe('the last admin', () => {
  it.each(CHANGES)('cannot be %s, and stays signed in', async (_, change) => {
    const { status, body } = await send(first, ...change(first.id));
    expect([status, body.code]).toEqual([409, 'conflict']);
    expect(body.detail).toContain('last admin');
    expect((await send(first, 'GET', `/admin/users/${first.id}`)).body).toMatchObject({
      roles: ['admin', 'user'],
      disabled_at: null,
    });
  });

  it.each(CHANGES)('cannot be %s while the only other admin is disabled', async (_, change) => {
    const other = await anAdmin(app);
    expect((await send(first, 'POST', `/admin/users/${other.id}/disable`)).status).toBe(200);
    expect((await send(first, ...change(first.id))).status).toBe(409);
    // Whoever cannot sign in anyhow is not the last one.
    expect((await send(first, ...change(other.id))).status).toBeLessThan(300);
  });

  it('may be given other roles, as long as admin is among them', async () => {
    await setRoles(app, first, first.id, ['admin']);
    expect(await admins()).toHaveLength(1);
  });

  it('cannot be demoted from the command line', async () => {
    await expect(
      app.nest.get(ControlCommands).run('users:revoke', { email: first.email, role: 'admin' }),
    ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('last admin') });
  });

  it.each(CHANGES)(
    'race: of admins who are %s at the same moment by each other, one stays',
    async (_, change) => {
      for (let round = 0; round < 5; round++) {
        await app.sql('DELETE FROM users');
        const [a, b, c] = [await anAdmin(app), await anAdmin(app), await anAdmin(app)];
        const answers = await Promise.all([
          send(a, ...change(b.id)),
          send(b, ...change(c.id)),
          send(c, ...change(a.id)),
        ]);
        expect((await admins()).length).toBeGreaterThanOrEqual(1);
        for (const { status } of answers) expect([200, 204, 401, 403, 409]).toContain(status);
      }
    },
  );

  it.each(CHANGES)(
    'race: two admins who are both %s by themselves at once: one is refused',
    async (_, change) => {
      for (let round = 0; round < 5; round++) {
        await app.sql('DELETE FROM users');
        const [a, b] = [await anAdmin(app), await anAdmin(app)];
        const answers = await Promise.all([send(a, ...change(a.id)), send(b, ...change(b.id))]);
        expect(answers.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1);
        expect(await admins()).toHaveLength(1);
      }
    },
  );

  it('race: a role granted and deleted at once is either held or gone', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `fleeting-${round}`;
      await send(first, 'POST', '/admin/roles', { name, permissions: [] });
      const { id } = await aUser(app);
      const [granted, deleted] = await Promise.all([
        send(first, 'PUT', `/admin/users/${id}/roles`, { roles: [name] }),
        send(first, 'DELETE', `/admin/roles/${name}`),
      ]);
      expect([
        [200, 409],
        [400, 204],
      ]).toContainEqual([granted.status, deleted.status]);
    }
  });
});
