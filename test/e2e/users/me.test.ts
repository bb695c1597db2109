import { describe, expect, it } from '@jest/globals';
import { aSignedInUser, aUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();

const user = await aSignedInUser(app, { name: '김하늘' });
const token = user.tokens.access_token;
const me = async () => (await app.http.get('/users/me', { token })).body;
const change = (json: unknown) => app.http.patch('/users/me', json, { token });

describe('/users/me', () => {
  it('is the caller, and nobody else', async () => {
    const other = await aUser(app);
    const { status, body } = await app.http.get(`/users/me?id=${other.id}`, { token });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: user.id, email: user.email, name: '김하늘', roles: ['user'] });
  });

  it('PATCH changes what it names, and says when', async () => {
    const before = await me();
    app.clock.advance(60);
    const { status, body } = await change({ name: '이바다' });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, name: '이바다', updated_at: '2026-11-23T01:03:03.456Z' });
    expect(await me()).toEqual(body);
  });

  it.each([
    ['{}', { json: {} }],
    ['no body', {}],
    ['an empty body of a type that is not JSON', { raw: '', headers: { 'Content-Type': 'text/plain' } }],
  ])('PATCH with %s answers 200 and changes nothing', async (_, sending) => {
    const before = await me();
    app.clock.advance(60);
    const answer = await app.http.request('PATCH', '/users/me', { token, ...sending });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(before);
    expect(await me()).toEqual(before);
  });

  it('PATCH with null clears the name', async () => {
    expect((await change({ name: null })).body.name).toBeNull();
    expect((await me()).name).toBeNull();
  });

  it.each([
    [{ email: 'other@example.com' }, 'email', 'unknown_field'],
    [{ roles: ['admin'] }, 'roles', 'unknown_field'],
    [{ name: '' }, 'name', 'too_short'],
    [{ name: 'x'.repeat(101) }, 'name', 'too_long'],
    [{ name: 'a\u0000' }, 'name', 'invalid_format'],
    [{ name: 5 }, 'name', 'wrong_type'],
    [[], '', 'wrong_type'],
    ['name', '', 'wrong_type'],
  ])('PATCH with %j is refused: %s %s', async (json, field, code) => {
    const before = await me();
    const { status, body } = await change(json);
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ field, code });
    expect(await me()).toEqual(before);
  });

  it('the genuine token of a user that is gone speaks for nobody', async () => {
    const gone = await aSignedInUser(app);
    await app.sql(`DELETE FROM users WHERE id = '${gone.id}'`);
    for (const method of ['GET', 'PATCH']) {
      const { status, body } = await app.http.request(method, '/users/me', {
        token: gone.tokens.access_token,
        json: method === 'PATCH' ? { name: 'x' } : undefined,
      });
      expect([status, body.code]).toEqual([401, 'token_revoked']);
    }
  });
});
