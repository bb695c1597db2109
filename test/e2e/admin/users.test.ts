import { describe, expect, it } from '@jest/globals';
import { anAdmin, aHolderOf, SCOPE_OF_USERS } from '../../builders/administration.js';
import { claimsOf } from '../../builders/access-tokens.js';
import { anAddress, aSignedInUser, aUser, PASSWORD, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const admin = await anAdmin(app);
const token = admin.tokens.access_token;
const NOBODY = '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11';

const get = (path: string) => app.http.get(path, { token });
const post = (path: string, json?: unknown) => app.http.post(path, json, { token });
const send = (method: string, path: string, json?: unknown) =>
  app.http.request(method, path, { json, token });
const fieldsOf = ({ body }: { body: { errors: { field: string; code: string }[] } }) =>
  body.errors.map(({ field, code }) => `${field} ${code}`);

describe('GET /admin/users', () => {
  it('pages through everybody once, in the order in which they were made', async () => {
    for (let i = 0; i < 5; i++) await aUser(app);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await get(`/admin/users?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      expect(Object.keys(page.body)).toEqual(['items', 'next_cursor']);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    const all = await app.sql<{ id: string }>('SELECT id FROM users ORDER BY id');
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it('finds part of an address or a name in whatever case, and filters by role and standing', async () => {
    const made = await post('/admin/users', { email: 'Needle.50%_x@Example.com', name: '바늘 Nadel\\' });
    expect(made.status).toBe(201);
    const idsOf = async (query: string) =>
      (await get(`/admin/users?${query}`)).body.items.map(({ id }: { id: string }) => id);
    for (const search of ['NEEDLE', 'nadel', '바늘', '바늘 nad', ' n', '50%_X', '\\'])
      expect(await idsOf(`search=${encodeURIComponent(search)}`)).toEqual([made.body.id]);
    for (const search of ['5_%', 'needle%x', "' OR 1=1 --"])
      expect(await idsOf(`search=${encodeURIComponent(search)}`)).toEqual([]);
    const other = await post('/admin/users', { email: 'Another.needle.50%_x@example.com' });
    const address = (text: string) => `search=${encodeURIComponent(text)}`;
    expect(await idsOf(address(' NEEDLE.50%_X@example.com'))).toEqual([made.body.id]);
    expect(await idsOf(`${address('needle.50%_x@example.com')}&role=admin`)).toEqual([]);
    const both = [made.body.id, other.body.id].sort(); // made in one millisecond of the stopped clock
    expect(await idsOf(address('eedle.50%_x@example.com'))).toEqual(both);
    await send('DELETE', `/admin/users/${other.body.id}`);
    expect(await idsOf('role=admin')).toEqual([admin.id]);
    expect(await idsOf('disabled=true')).toEqual([]);
    await post(`/admin/users/${made.body.id}/disable`);
    expect(await idsOf('disabled=true')).toEqual([made.body.id]);
    expect(await idsOf('search=needle&disabled=false')).toEqual([]);
    expect(await idsOf('search=needle&disabled=true&role=user')).toEqual([made.body.id]);
  });

  it('a Korean name typed on a Mac, in NFD, is kept and found in NFC, and the other way round', async () => {
    const [nfc, nfd] = [
      ['각하늘', '낙바다'],
      ['각하늘'.normalize('NFD'), '낙바다'.normalize('NFD')],
    ];
    const found = async (search: string) =>
      (await get(`/admin/users?search=${encodeURIComponent(search)}`)).body.items.map(
        ({ name }: { name: string }) => name,
      );
    await post('/admin/users', { email: anAddress(), name: nfd[0] });
    const other = await post('/admin/users', { email: anAddress() });
    await send('PATCH', `/admin/users/${other.body.id}`, { name: nfd[1] });
    for (const spelling of [nfc, nfd])
      for (const place of [0, 1]) expect(await found(spelling[place]!)).toEqual([nfc[place]]);
  });

  it.each([
    ['limit=0', 'limit out_of_range'],
    ['limit=101', 'limit out_of_range'],
    ['limit=-1', 'limit out_of_range'],
    ['limit=1000000000', 'limit out_of_range'],
    ['limit=1e1', 'limit wrong_type'],
    ['limit=', 'limit wrong_type'],
    ['limit=1&limit=2', 'limit wrong_type'],
    ['sort=email', 'sort unknown_field'],
    ['disabled=yes', 'disabled wrong_type'],
    ['search=', 'search too_short'],
    ['search=%00', 'search invalid_format'],
    ['role=nobodys', 'role not_allowed'],
    ['role=Not%20One', 'role invalid_format'],
    ['role=', 'role too_short'],
    ['cursor=', 'cursor invalid_format'],
    ['cursor=019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11', 'cursor invalid_format'],
  ])('refuses ?%s: %s', async (query, expected) => {
    const answer = await get(`/admin/users?${query}`);
    expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expected]);
  });

  it('tampered cursor: one of another list, and one with another position, are refused', async () => {
    const { next_cursor } = (await get('/admin/users?limit=1')).body;
    const roles = (await get('/admin/roles?limit=1')).body.next_cursor;
    const bytes = Buffer.from(next_cursor, 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    for (const cursor of [roles, bytes.toString('base64url')]) {
      const answer = await get(`/admin/users?cursor=${cursor}`);
      expect([answer.status, fieldsOf(answer)]).toEqual([400, ['cursor invalid_format']]);
    }
  });
});

describe('POST /admin/users', () => {
  it('makes an account that can sign in, with the role that everybody gets', async () => {
    const email = anAddress();
    const { status, body, text } = await post('/admin/users', { email, password: PASSWORD, name: '김하늘' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ email, name: '김하늘', roles: ['user'], disabled_at: null });
    expect(text).not.toContain(PASSWORD);
    await signIn(app, { id: body.id, email, password: PASSWORD });
    expect((await get(`/admin/users/${body.id}`)).body).toEqual(body);
  });

  it('without a password makes one into which nobody can sign in', async () => {
    const email = anAddress();
    const { status, body } = await post('/admin/users', { email, roles: [] });
    expect([status, body.roles]).toEqual([201, []]);
    for (const password of ['', PASSWORD]) {
      const answer = await app.http.post('/auth/login', { email, password });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it.each<[object, string]>([
    [{ email: 'kim' }, 'email invalid_format'],
    [{ password: 'short' }, 'password too_short'],
    [{ password: null }, 'password wrong_type'],
    [{ roles: ['user', 'nobodys'] }, 'roles.1 not_allowed'],
    [{ roles: ['user', 7] }, 'roles.1 wrong_type'],
    [{ roles: Array.from({ length: 101 }, (_, i) => `role-${i}`) }, 'roles too_long'],
    [{ name: Array.from({ length: 101 }, () => 'x') }, 'name wrong_type'],
    [{ roles: 'admin' }, 'roles wrong_type'],
    [{ roles: ['user', 'user'] }, 'roles not_allowed'],
    [{ disabled_at: null }, 'disabled_at unknown_field'],
    [{ id: NOBODY }, 'id unknown_field'],
  ])('refuses %j: %s, and makes nothing', async (change, expected) => {
    const count = async () => (await app.sql('SELECT id FROM users')).length;
    const before = await count();
    const answer = await post('/admin/users', { email: anAddress(), ...change });
    expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expected]);
    expect(await count()).toBe(before);
  });

  it('refuses an address that is taken', async () => {
    const { email } = await aUser(app);
    const { status, body } = await post('/admin/users', { email: email.toUpperCase() });
    expect([status, body.code]).toEqual([409, 'email_taken']);
  });
});

describe('/admin/users/{id}', () => {
  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['PUT', '/roles'],
    ['POST', '/disable'],
    ['POST', '/enable'],
    ['DELETE', '/sessions'],
  ])('%s …%s: an id that is none is named, and one of nobody is not found', async (method, rest) => {
    const json = rest === '/roles' ? { roles: [] } : undefined;
    const malformed = await send(method, `/admin/users/${'not-an-id'}${rest}`, json);
    expect([malformed.status, fieldsOf(malformed)]).toEqual([400, ['id invalid_format']]);
    const unknown = await send(method, `/admin/users/${NOBODY}${rest}`, json);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  });

  it('PATCH changes the name, clears it with null, and {} changes nothing', async () => {
    const { id } = await aUser(app, { name: '김하늘' });
    const path = `/admin/users/${id}`;
    const before = (await get(path)).body;
    expect((await send('PATCH', path, {})).body).toEqual(before);
    expect((await send('PATCH', path)).body).toEqual(before);
    app.clock.advance(1);
    const renamed = await send('PATCH', path, { name: '이바다' });
    expect([renamed.status, renamed.body.name]).toEqual([200, '이바다']);
    expect(renamed.body.updated_at).not.toBe(before.updated_at);
    expect((await send('PATCH', path, { name: null })).body.name).toBeNull();
    const refused = await send('PATCH', path, { name: '', roles: ['admin'] });
    expect(fieldsOf(refused).sort()).toEqual(['name too_short', 'roles unknown_field']);
    expect((await get(path)).body.name).toBeNull();
  });

  it('speaks Korean to whoever asks for it', async () => {
    const answer = await app.http.request('PUT', `/admin/users/${admin.id}/roles`, {
      token,
      json: { roles: ['user'] },
      headers: { 'Accept-Language': 'ko' },
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(answer.body.detail).toContain('마지막 관리자');
  });
});

describe('the roles of a user', () => {
  it.each(['\0', 'user\0', '\u0007', '\u0085', '\ud800', 'x'.repeat(10_000), ''])(
    'a name that is no name of a role, as one with NUL, is refused and not handed to the database: %j',
    async (name) => {
      const { id } = await aUser(app);
      for (const answer of [
        await send('PUT', `/admin/users/${id}/roles`, { roles: [name] }),
        await post('/admin/users', { email: anAddress(), roles: [name] }),
      ])
        expect([answer.status, fieldsOf(answer)]).toEqual([400, ['roles.0 not_allowed']]);
    },
  );

  it('who is told token_revoked after a change of roles is not told that the session has ended', async () => {
    const user = await aSignedInUser(app);
    await send('PUT', `/admin/users/${user.id}/roles`, { roles: [] });
    const refused = async (language: string) =>
      (
        await app.http.get('/users/me', {
          token: user.tokens.access_token,
          headers: { 'Accept-Language': language },
        })
      ).body.detail;
    expect(await refused('en')).toBe('The access token is no longer valid. Refresh it, or sign in again.');
    expect(await refused('ko')).toBe(
      '더 이상 유효하지 않은 액세스 토큰입니다. 리프레시 토큰으로 새 토큰을 발급받거나 다시 로그인하십시오.',
    );
    const { refresh_token } = user.tokens;
    expect((await app.http.post('/auth/refresh', { refresh_token })).status).toBe(200);
  });

  it('stale token after demotion: the old token is revoked at once, and a refresh carries the new roles', async () => {
    const holder = await aHolderOf(app, admin, 'user:read');
    const list = (access: string) => app.http.get('/admin/users', { token: access });
    expect((await list(holder.tokens.access_token)).status).toBe(200);
    const { status, body } = await send('PUT', `/admin/users/${holder.id}/roles`, { roles: ['user'] });
    expect([status, body.roles]).toEqual([200, ['user']]);
    const stale = await list(holder.tokens.access_token);
    expect([stale.status, stale.body.code]).toEqual([401, 'token_revoked']);
    const { body: fresh } = await app.http.post('/auth/refresh', {
      refresh_token: holder.tokens.refresh_token,
    });
    expect(fresh.scope).toBe(SCOPE_OF_USERS);
    expect(claimsOf(fresh.access_token)).toMatchObject({ roles: ['user'], scope: SCOPE_OF_USERS });
    const narrowed = await list(fresh.access_token);
    expect([narrowed.status, narrowed.body.code]).toEqual([403, 'forbidden']);
    expect(narrowed.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="user:read"');
  });

  it('the same roles again change nothing: the token lives', async () => {
    const holder = await aHolderOf(app, admin, 'user:read');
    await send('PUT', `/admin/users/${holder.id}/roles`, { roles: [holder.role, 'user'] });
    const { status } = await app.http.get('/admin/users', { token: holder.tokens.access_token });
    expect(status).toBe(200);
  });

  it.each<[unknown, string]>([
    [{}, 'roles required'],
    [{ roles: null }, 'roles wrong_type'],
    [{ roles: ['user', 'nobodys'] }, 'roles.1 not_allowed'],
    [{ roles: ['user'], role: 'admin' }, 'role unknown_field'],
    [{ roles: ["admin' --"] }, 'roles.0 not_allowed'],
  ])('refuses %j: %s, and changes nothing', async (json, expected) => {
    const { id } = await aUser(app);
    const answer = await send('PUT', `/admin/users/${id}/roles`, json);
    expect([answer.status, fieldsOf(answer)[0]]).toEqual([400, expected]);
    expect((await get(`/admin/users/${id}`)).body.roles).toEqual(['user']);
  });
});

describe('standing', () => {
  const refresh = (refresh_token: string) => app.http.post('/auth/refresh', { refresh_token });
  const me = (access: string) => app.http.get('/users/me', { token: access });

  it('a disabled user is signed out everywhere and stays out; enabled, it may sign in anew', async () => {
    const user = await aSignedInUser(app);
    const { status, body } = await post(`/admin/users/${user.id}/disable`);
    expect([status, body.disabled_at]).toEqual([200, '2026-11-23T01:02:04.456Z']);
    expect((await me(user.tokens.access_token)).body.code).toBe('token_revoked');
    expect((await refresh(user.tokens.refresh_token)).status).toBe(401);
    expect((await app.http.post('/auth/login', user)).status).toBe(400);
    const login = () => app.http.post('/auth/login', { email: user.email, password: PASSWORD });
    expect((await login()).body.code).toBe('invalid_credentials');
    expect((await post(`/admin/users/${user.id}/disable`)).body).toEqual(body);
    expect((await post(`/admin/users/${user.id}/enable`)).body.disabled_at).toBeNull();
    expect((await me(user.tokens.access_token)).body.code).toBe('token_revoked');
    expect((await refresh(user.tokens.refresh_token)).status).toBe(401);
    expect((await me((await signIn(app, user)).access_token)).status).toBe(200);
  });

  it('ending all sessions kills every token, and a login right after it lives', async () => {
    const user = await aSignedInUser(app);
    const other = await signIn(app, user);
    expect((await send('DELETE', `/admin/users/${user.id}/sessions`)).status).toBe(204);
    for (const tokens of [user.tokens, other]) {
      expect((await me(tokens.access_token)).body.code).toBe('token_revoked');
      expect((await refresh(tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
    }
    expect((await me((await signIn(app, user)).access_token)).status).toBe(200);
  });

  it('a deleted user is gone: no token, no login, no row, and the address is free again', async () => {
    const user = await aSignedInUser(app);
    expect((await send('DELETE', `/admin/users/${user.id}`)).status).toBe(204);
    expect((await me(user.tokens.access_token)).body.code).toBe('token_revoked');
    expect((await refresh(user.tokens.refresh_token)).status).toBe(401);
    expect((await get(`/admin/users/${user.id}`)).status).toBe(404);
    for (const table of ['sessions', 'passwords', 'user_roles'])
      expect(await app.sql(`SELECT 1 FROM ${table} WHERE user_id = '${user.id}'`)).toEqual([]);
    const anew = await aUser(app, { email: user.email });
    expect(anew.id).not.toBe(user.id);
  });

  it('what was done is still so after a restart: stolen tokens of a deleted user stay dead', async () => {
    const user = await aSignedInUser(app);
    await send('DELETE', `/admin/users/${user.id}`);
    const rows = await app.sql<{ min_version: number }>(
      `SELECT min_version FROM revocations WHERE kind = 'user' AND subject = '${user.id}'`,
    );
    expect(rows).toEqual([{ min_version: 2 }]);
  });
});
