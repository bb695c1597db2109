import { describe, expect, it } from '@jest/globals';
import { aHolderOf, anAdmin, aRole, setRoles, SCOPE_OF_USERS } from '../../builders/administration.js';
import { anAddress, aSignedInUser, aUser, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const admin = await anAdmin(app);
const send = (token: string, method: string, path: string, json?: unknown) =>
  app.http.request(method, path, { token, json });
const asAdmin = (method: string, path: string, json?: unknown) =>
  send(admin.tokens.access_token, method, path, json);
const rolesOf = async (id: string) => (await asAdmin('GET', `/admin/users/${id}`)).body.roles;
const permissionsOf = async (role: string) =>
  (await asAdmin('PATCH', `/admin/roles/${role}`, {})).body.permissions;

describe('privilege escalation', () => {
  it('a user manager cannot make itself, or anybody else, admin', async () => {
    const manager = await aHolderOf(
      app,
      admin,
      'user:read',
      'user:write',
      'role:read',
      'role:write',
      'session:write',
    );
    const victim = await aUser(app);
    for (const id of [manager.id, victim.id]) {
      const before = await rolesOf(id);
      const { status, body } = await send(manager.tokens.access_token, 'PUT', `/admin/users/${id}/roles`, {
        roles: [...before, 'admin'],
      });
      expect([status, body.code]).toEqual([403, 'forbidden']);
      expect(await rolesOf(id)).toEqual(before);
    }
  });

  it('a user manager cannot grant a role with a permission that it does not hold, also not by making a user', async () => {
    const manager = await aHolderOf(app, admin, 'user:write');
    const stronger = await aRole(app, admin, ['user:write', 'session:write']);
    const victim = await aUser(app);
    const email = anAddress();
    for (const [method, path, json] of [
      ['PUT', `/admin/users/${victim.id}/roles`, { roles: ['user', stronger] }],
      ['PUT', `/admin/users/${manager.id}/roles`, { roles: ['user', manager.role, stronger] }],
      ['POST', '/admin/users', { email, roles: [stronger] }],
    ] as const) {
      const answer = await send(manager.tokens.access_token, method, path, json);
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer error="insufficient_scope", scope="session:write"',
      );
      expect(answer.body.detail).toBe(
        'You may give or take only what you hold yourself, and change nobody who holds more.',
      );
    }
    expect(await rolesOf(victim.id)).toEqual(['user']);
    expect(await app.sql(`SELECT 1 FROM users WHERE email = '${email}'`)).toEqual([]);
    const within = await send(manager.tokens.access_token, 'PUT', `/admin/users/${victim.id}/roles`, {
      roles: ['user', manager.role],
    });
    expect(within.status).toBe(200);
  });

  it('a role editor cannot put a permission into a role that it does not hold', async () => {
    const editor = await aHolderOf(app, admin, 'role:write', 'user:read');
    for (const role of [editor.role, 'user', await aRole(app, admin, [])]) {
      const before = await permissionsOf(role);
      const answer = await send(editor.tokens.access_token, 'PATCH', `/admin/roles/${role}`, {
        permissions: [...before, 'user:write'],
      });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
      expect(await permissionsOf(role)).toEqual(before);
    }
    const made = await send(editor.tokens.access_token, 'POST', '/admin/roles', {
      name: 'sneaky',
      permissions: ['user:write'],
    });
    expect(made.status).toBe(403);
    expect((await asAdmin('DELETE', '/admin/roles/sneaky')).status).toBe(404);
  });

  it('disarming: a role editor can neither narrow nor delete a role that grants what it does not hold', async () => {
    const editor = await aHolderOf(app, admin, 'role:write', 'user:read');
    const stronger = await aRole(app, admin, ['user:read', 'user:write']);
    for (const [method, json] of [
      ['PATCH', { permissions: [] }],
      ['PATCH', { permissions: ['user:read'] }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await send(editor.tokens.access_token, method, `/admin/roles/${stronger}`, json);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="user:write"',
      ]);
    }
    expect(await permissionsOf(stronger)).toEqual(['user:read', 'user:write']);
    const within = await aRole(app, admin, ['user:read']);
    for (const [method, json, expected] of [
      ['PATCH', { permissions: [] }, 200],
      ['DELETE', undefined, 204],
    ] as const) {
      const { status } = await send(editor.tokens.access_token, method, `/admin/roles/${within}`, json);
      expect(status).toBe(expected);
    }
  });

  describe('disarming: a user manager and somebody who holds more', () => {
    const CHANGES: [string, string, unknown?][] = [
      ['PATCH', '', { name: 'x' }],
      ['PUT', '/roles', { roles: [] }],
      ['PUT', '/roles', { roles: ['nobodys'] }],
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['DELETE', '/sessions'],
      ['DELETE', ''],
    ];
    const attempt = async (managed: string[], victim: string, refused: string | undefined) => {
      const manager = await aHolderOf(app, admin, ...managed);
      const before = (await asAdmin('GET', `/admin/users/${victim}`)).body;
      for (const [method, rest, json] of CHANGES) {
        const answer = await send(manager.tokens.access_token, method, `/admin/users/${victim}${rest}`, json);
        expect([method, rest, answer.status, answer.headers['www-authenticate']]).toEqual([
          ...[method, rest, 403],
          refused && `Bearer error="insufficient_scope", scope="${refused}"`,
        ]);
        expect(answer.body.detail).toMatch(/^You may give or take only/);
      }
      expect((await asAdmin('GET', `/admin/users/${victim}`)).body).toEqual(before);
    };

    it('who holds one permission more stays as it is, and what is lacking is named', async () => {
      const victim = await aHolderOf(app, admin, 'user:write', 'role:read');
      await attempt(['user:write', 'session:write'], victim.id, 'role:read');
      const { status } = await app.http.get('/admin/roles', { token: victim.tokens.access_token });
      expect(status).toBe(200);
    });

    it('an admin stays as it is, also for who holds every permission that exists', async () => {
      const { body } = await asAdmin('GET', '/admin/permissions?limit=100');
      const all = body.items.map(({ name }: { name: string }) => name);
      await attempt(all, (await anAdmin(app)).id, undefined);
      await attempt(['user:write', 'session:write'], admin.id, undefined);
    });

    it('order of refusals: nobody is not found, before that', async () => {
      const manager = await aHolderOf(app, admin, 'user:write', 'session:write');
      for (const [method, rest, json] of CHANGES) {
        const path = `/admin/users/019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11${rest}`;
        expect((await send(manager.tokens.access_token, method, path, json)).status).toBe(404);
      }
    });

    it('who holds as much or less is administered, and everybody who only registered', async () => {
      const manager = await aHolderOf(app, admin, 'user:write', 'session:write');
      await setRoles(app, admin, manager.id, [manager.role]);
      const { access_token } = await signIn(app, manager);
      const equal = await aHolderOf(app, admin, 'user:write');
      for (const { id } of [equal, await aUser(app)]) {
        for (const [method, rest, json] of CHANGES.filter(
          ([, , one]) => !JSON.stringify(one)?.includes('nobodys'),
        ))
          expect((await send(access_token, method, `/admin/users/${id}${rest}`, json)).status).toBeLessThan(
            300,
          );
      }
    });
  });

  it('stale scope: what counts for granting is the database, not what the token says', async () => {
    const editor = await aHolderOf(app, admin, 'role:write', 'user:write');
    // Elsewhere, so that this node's memory of roles is stale as well.
    await app.sql(`DELETE FROM role_permissions WHERE role = '${editor.role}' AND permission = 'user:write'`);
    const given = await send(editor.tokens.access_token, 'POST', '/admin/roles', {
      name: 'from-memory',
      permissions: ['user:write'],
    });
    expect([given.status, given.body.code]).toEqual([403, 'forbidden']);
    await app.sql(`DELETE FROM role_permissions WHERE role = '${editor.role}'`);
    const nothingLeft = await send(editor.tokens.access_token, 'POST', '/admin/roles', {
      name: 'from-memory',
      permissions: [],
    });
    expect([nothingLeft.status, nothingLeft.headers['www-authenticate']]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="role:write"',
    ]);
    await app.sql(`UPDATE users SET disabled_at = now() WHERE id = '${editor.id}'`);
    const disabled = await send(editor.tokens.access_token, 'POST', '/admin/roles', {
      name: 'x',
      permissions: [],
    });
    expect([disabled.status, disabled.body.code]).toEqual([401, 'token_revoked']);
  });

  it('mass assignment: no field of a user takes in roles, standing or version', async () => {
    const user = await aSignedInUser(app);
    const token = user.tokens.access_token;
    for (const field of ['roles', 'role', 'disabled_at', 'version', 'permissions', 'email_verified']) {
      for (const [path, as] of [
        ['/users/me', token],
        [`/admin/users/${user.id}`, admin.tokens.access_token],
      ] as const) {
        const { status, body } = await send(as, 'PATCH', path, { name: 'x', [field]: ['admin'] });
        expect([status, body.errors]).toMatchObject([400, [{ field, code: 'unknown_field' }]]);
      }
    }
    expect(await rolesOf(user.id)).toEqual(['user']);
    expect((await asAdmin('GET', `/admin/users/${user.id}`)).body.name).toBeNull();
  });

  it('IDOR: whoever has no permission reaches nobody by an id, not even itself', async () => {
    const user = await aSignedInUser(app);
    const other = await aUser(app);
    for (const id of [user.id, other.id, admin.id]) {
      for (const [method, rest] of [
        ['GET', ''],
        ['PATCH', ''],
        ['DELETE', ''],
        ['PUT', '/roles'],
        ['POST', '/disable'],
        ['POST', '/enable'],
        ['DELETE', '/sessions'],
      ] as const) {
        const { status, body } = await send(user.tokens.access_token, method, `/admin/users/${id}${rest}`);
        expect([method, rest, status, body.code]).toEqual([method, rest, 403, 'forbidden']);
      }
    }
    for (const path of ['/admin/users', '/admin/roles', '/admin/permissions'])
      expect((await send(user.tokens.access_token, 'GET', path)).status).toBe(403);
  });

  it('order of refusals: nobody without the permission learns whether an id or a body is good', async () => {
    const user = await aSignedInUser(app);
    const answer = await send(user.tokens.access_token, 'PUT', '/admin/users/nonsense/roles', { roles: 'x' });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    const anonymous = await app.http.request('PUT', '/admin/users/nonsense/roles', { json: {} });
    expect([anonymous.status, anonymous.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('a permission taken out of a role is gone at once, though tokens still name it', async () => {
    const holder = await aHolderOf(app, admin, 'user:read');
    const list = () => send(holder.tokens.access_token, 'GET', '/admin/users');
    expect((await list()).status).toBe(200);
    await asAdmin('PATCH', `/admin/roles/${holder.role}`, { permissions: [] });
    expect([(await list()).status, (await list()).body.code]).toEqual([403, 'forbidden']);
    // Put back, it counts again: the token names it.
    await asAdmin('PATCH', `/admin/roles/${holder.role}`, { permissions: ['user:read', 'role:read'] });
    expect((await list()).status).toBe(200);
    // What is new is not in the token; a refresh brings it.
    expect((await send(holder.tokens.access_token, 'GET', '/admin/roles')).status).toBe(403);
    const { body } = await app.http.post('/auth/refresh', { refresh_token: holder.tokens.refresh_token });
    expect(body.scope).toBe(`${SCOPE_OF_USERS} role:read user:read`);
    expect((await send(body.access_token, 'GET', '/admin/roles')).status).toBe(200);
  });

  it('a demoted admin is nobody at once, and its own requests cannot put it back', async () => {
    const other = await anAdmin(app);
    await setRoles(app, admin, other.id, ['user']);
    const answer = await send(other.tokens.access_token, 'PUT', `/admin/users/${other.id}/roles`, {
      roles: ['admin'],
    });
    expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
    const { scope } = (await signIn(app, other)) as unknown as { scope: string };
    expect(scope).toBe(SCOPE_OF_USERS);
  });
});
