import { describe, expect, it } from '@jest/globals';
import { definedPermissions, definePermissions } from '../../../src/access/index.js';
import { aHolderOf, anAdmin, aRole, setRoles, SCOPE_OF_USERS } from '../../builders/administration.js';
import { aUser, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const admins = ['role:read', 'role:write', 'session:write', 'user:read', 'user:write'];
// Long names, so that a handful exceeds what a token may hold.
const LONG = Array.from({ length: 24 }, (_, i) => `archive-${i}-${'x'.repeat(100)}:read` as const);

definePermissions('feature:open', ...LONG);

const app = await startApp();
const admin = await anAdmin(app);
const token = admin.tokens.access_token;
const get = (path: string) => app.http.get(path, { token });
const post = (json: unknown) => app.http.post('/admin/roles', json, { token });
const patch = (name: string, json?: unknown) => app.http.patch(`/admin/roles/${name}`, json, { token });
const remove = (name: string) => app.http.request('DELETE', `/admin/roles/${name}`, { token });
const fieldsOf = ({ body }: { body: { errors: { field: string; code: string }[] } }) =>
  body.errors.map(({ field, code }) => `${field} ${code}`);

describe('/admin/roles', () => {
  it('makes, lists, changes and deletes a role', async () => {
    const made = await post({ name: 'support', permissions: ['user:write', 'user:read'] });
    expect([made.status, made.body]).toEqual([
      201,
      {
        name: 'support',
        built_in: false,
        permissions: ['user:read', 'user:write'],
        created_at: '2026-11-23T01:02:03.456Z',
      },
    ]);
    const list = await get('/admin/roles');
    expect(list.body.items.map(({ name }: { name: string }) => name)).toEqual(['admin', 'support', 'user']);
    expect(list.body.items[1]).toEqual(made.body);
    expect(list.body.items[0].permissions).toEqual(definedPermissions());
    const changed = await patch('support', { permissions: ['role:read'] });
    expect([changed.status, changed.body.permissions]).toEqual([200, ['role:read']]);
    for (const nothing of [{}, undefined])
      expect((await patch('support', nothing)).body).toEqual(changed.body);
    expect((await remove('support')).status).toBe(204);
    expect((await remove('support')).status).toBe(404);
    expect((await patch('support', {})).status).toBe(404);
  });

  it('each change raises the version by which other nodes see it, and a refused one does not', async () => {
    const version = async () =>
      (await app.sql<{ version: number }>(`SELECT version FROM roles WHERE name = 'admin'`))[0]!.version;
    const before = await version();
    await post({ name: 'seen', permissions: [] });
    expect(await version()).toBe(before + 1);
    await patch('seen', { permissions: ['user:read'] });
    expect(await version()).toBe(before + 2);
    await patch('seen', { permissions: ['user:read'] });
    await patch('seen', { permissions: ['no:such'] });
    expect(await version()).toBe(before + 2);
    await remove('seen');
    expect(await version()).toBe(before + 3);
  });

  it('admin holds every permission that exists, also those of features added since, and nothing can change it', async () => {
    const [{ stored }] = (await app.sql<{ stored: number }>(
      `SELECT count(*)::int AS stored FROM role_permissions WHERE role = 'admin'`,
    )) as [{ stored: number }];
    expect(stored).toBe(0);
    const { scope } = (await signIn(app, admin)) as unknown as { scope: string };
    expect(scope.split(' ')).toEqual(expect.arrayContaining([...admins, 'feature:open']));
    for (const permissions of [[], ['user:read'], definedPermissions()]) {
      const { status, body } = await patch('admin', { permissions });
      expect([status, body.code]).toEqual([409, 'conflict']);
      expect(body.detail).toContain('cannot be changed');
    }
    const { status, body } = await remove('admin');
    expect([status, body.detail]).toEqual([409, 'The role is built in, and cannot be deleted.']);
  });

  it('refuses with the reason what clashes: a name taken, a role built in, a role in use', async () => {
    const role = await aRole(app, admin, []);
    const taken = await post({ name: role, permissions: [] });
    expect([taken.status, taken.body.detail]).toEqual([409, 'A role of this name exists already.']);
    expect((await remove('user')).body.code).toBe('conflict');
    const { id } = await aUser(app);
    await setRoles(app, admin, id, [role]);
    // Also held by somebody who cannot sign in.
    await app.http.post(`/admin/users/${id}/disable`, undefined, { token });
    const inUse = await remove(role);
    expect([inUse.status, inUse.body.code]).toEqual([409, 'conflict']);
    expect(inUse.body.detail).toContain('Somebody holds this role');
    await setRoles(app, admin, id, []);
    expect((await remove(role)).status).toBe(204);
  });

  it.each<[unknown, string]>([
    [{}, 'name required'],
    [{ name: 'x' }, 'permissions required'],
    [{ name: '', permissions: [] }, 'name too_short'],
    [{ name: 'Boss', permissions: [] }, 'name invalid_format'],
    [{ name: 'a b', permissions: [] }, 'name invalid_format'],
    [{ name: 'a|b', permissions: [] }, 'name invalid_format'],
    [{ name: 'x'.repeat(65), permissions: [] }, 'name too_long'],
    [{ name: 'x', permissions: ['user:read', 'user:fly'] }, 'permissions.1 not_allowed'],
    [{ name: 'x', permissions: ['*'] }, 'permissions.0 not_allowed'],
    [{ name: 'x', permissions: ['user:read', null] }, 'permissions.1 wrong_type'],
    [{ name: 'x', permissions: ['user:read', 'user:read'] }, 'permissions not_allowed'],
    [{ name: 'x', permissions: 'user:read' }, 'permissions wrong_type'],
    [{ name: 'x', permissions: [], built_in: true }, 'built_in unknown_field'],
  ])('refuses %j: %s, and makes nothing', async (json, expected) => {
    const answer = await post(json);
    expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expected]);
    expect(await app.sql(`SELECT 1 FROM roles WHERE name IN ('x', 'Boss', 'a b', 'a|b')`)).toEqual([]);
  });

  it('a role that names what no feature defines any more grants it to nobody', async () => {
    const holder = await aHolderOf(app, admin, 'user:read');
    await app.sql(`INSERT INTO role_permissions VALUES ('${holder.role}', 'gone:read')`);
    const { scope } = (await signIn(app, holder)) as unknown as { scope: string };
    expect(scope).toBe(`${SCOPE_OF_USERS} user:read`);
  });

  it.each(['Boss', 'a%20b', 'a%7Cb', '1st', 'x'.repeat(65), '%00'])(
    'a path to %s: the name is refused, not looked for',
    async (name) => {
      for (const answer of [await patch(name, { permissions: [] }), await remove(name)])
        expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expect.stringMatching(/^name /)]);
    },
  );

  it('pages through all, and refuses cursors that were tampered with or are of another list', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(`/admin/roles?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor as string | null;
    }
    const names = await app.sql<{ name: string }>('SELECT name FROM roles ORDER BY name');
    expect(seen).toEqual(names.map(({ name }) => name));
    const [roles, permissions] = [await get('/admin/roles?limit=1'), await get('/admin/permissions?limit=1')];
    const bytes = Buffer.from(roles.body.next_cursor, 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    for (const [list, cursor] of [
      ['roles', bytes.toString('base64url')],
      ['roles', permissions.body.next_cursor],
      ['permissions', roles.body.next_cursor],
    ]) {
      const answer = await get(`/admin/${list}?cursor=${cursor}`);
      expect([answer.status, fieldsOf(answer)]).toEqual([400, ['cursor invalid_format']]);
    }
  });

  it.each<[unknown, string]>([
    [{ permissions: null }, 'permissions wrong_type'],
    [{ permissions: ['user:read', 'user:read'] }, 'permissions not_allowed'],
    [{ permissions: ['user:read '] }, 'permissions.0 not_allowed'],
    [{ permissions: [], name: 'other' }, 'name unknown_field'],
  ])('refuses a change to %j: %s, and changes nothing', async (json, expected) => {
    const role = await aRole(app, admin, ['user:read']);
    const answer = await patch(role, json);
    expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expected]);
    expect((await patch(role, {})).body).toMatchObject({ name: role, permissions: ['user:read'] });
  });

  it('changes nothing where a change is refused', async () => {
    const role = await aRole(app, admin, ['user:read']);
    const answer = await patch(role, { permissions: ['role:read', 'no:such'] });
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['permissions.1 not_allowed']]);
    expect((await patch(role, {})).body.permissions).toEqual(['user:read']);
  });
});

describe('2 KiB of permissions', () => {
  const half = LONG.slice(0, 12);
  const rest = LONG.slice(12);

  it('no role grants more', async () => {
    const made = await post({ name: 'hoarder', permissions: LONG });
    expect([made.status, fieldsOf(made)]).toEqual([400, ['permissions too_long']]);
    expect((await patch('hoarder', {})).status).toBe(404);
    const exact = await post({ name: 'exact', permissions: half });
    expect(exact.status).toBe(201);
  });

  it('no user holds more, however it comes together', async () => {
    const [a, b] = [await aRole(app, admin, half), await aRole(app, admin, rest)];
    const { id } = await aUser(app);
    await setRoles(app, admin, id, [a]);
    const both = await app.http.request('PUT', `/admin/users/${id}/roles`, {
      token,
      json: { roles: [a, b] },
    });
    expect([both.status, fieldsOf(both)]).toEqual([400, ['roles too_long']]);
    const made = await app.http.post(
      '/admin/users',
      { email: 'hoarder@example.com', roles: [a, b] },
      { token },
    );
    expect([made.status, fieldsOf(made)]).toEqual([400, ['roles too_long']]);
    expect((await get(`/admin/users/${id}`)).body.roles).toEqual([a]);
    expect((await get('/admin/users?search=hoarder')).body.items).toEqual([]);
  });

  it('a role in use is not enlarged beyond it, and stays as it was for everybody', async () => {
    const [a, b] = [await aRole(app, admin, half), await aRole(app, admin, [])];
    const { id } = await aUser(app);
    await setRoles(app, admin, id, [a, b]);
    const answer = await patch(b, { permissions: rest });
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['permissions too_long']]);
    expect((await patch(b, {})).body.permissions).toEqual([]);
    // What overlaps counts once.
    expect((await patch(b, { permissions: half })).status).toBe(200);
    await setRoles(app, admin, id, [b]);
    expect((await patch(a, { permissions: rest })).status).toBe(200);
  });

  it('who is admin holds all the same, and says so in a token that works', async () => {
    const { scope, access_token } = (await signIn(app, admin)) as unknown as Record<string, string>;
    expect(scope!.length).toBeGreaterThan(2048);
    expect((await app.http.get('/admin/users', { token: access_token! })).status).toBe(200);
  });
});

describe('GET /admin/permissions', () => {
  it('pages through all that modules define', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await get(`/admin/permissions?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(definedPermissions());
    expect((await get('/admin/permissions?cursor=x')).status).toBe(400);
  });
});
