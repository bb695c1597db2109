import { describe, expect, it } from '@jest/globals';
import { TestIssuer } from '../../../src/testing/index.js';
import { startApp } from '../../support/app.js';

const issuer = await TestIssuer.make();
const app = await startApp({ modules: [issuer.module] });
const [{ id: kim, token }, lee] = [await issuer.signIn(app.nest), await issuer.signIn(app.nest)];
const admin = await issuer.signIn(app.nest, { roles: ['admin'] });
const write = async (json: object) => (await app.http.post('/notes', json, { token })).body;
const at = (id: string, method = 'GET', json?: object, as = token) =>
  app.http.request(method, `/notes/${id}`, { token: as, json });

describe('/notes', () => {
  it('written, read, changed, cleared, deleted', async () => {
    const note = await write({ title: '장보기', text: '두부\n대파' });
    expect(note).toMatchObject({ owner_id: kim, title: '장보기', text: '두부\n대파' });
    expect((await at(note.id)).body).toEqual(note);
    app.clock.advance(60);
    expect((await at(note.id, 'PATCH', {})).body).toEqual(note);
    const cleared = { ...note, text: null, updated_at: '2026-11-23T01:03:03.456Z' };
    expect((await at(note.id, 'PATCH', { text: null })).body).toEqual(cleared);
    expect((await at(note.id, 'DELETE')).status).toBe(204);
    expect((await at(note.id)).body.code).toBe('not_found');
  });

  it('lists page by page what is the caller’s own', async () => {
    await write({ title: 'another’s' });
    const own = await issuer.signIn(app.nest);
    const get = async (query: string) => (await app.http.get(`/notes?${query}`, { token: own.token })).body;
    for (const title of ['a', 'b', 'c']) {
      app.clock.advance(1);
      await app.http.post('/notes', { title }, { token: own.token });
    }
    const [first, all] = [await get('limit=2'), await get('limit=3')];
    const second = await get(`limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(['a', 'b', 'c']);
    expect([second.next_cursor, all.items.length, all.next_cursor]).toEqual([null, 3, null]);
    expect((await get(`cursor=${first.next_cursor}x`)).errors[0].field).toBe('cursor');
  });

  it('a stranger’s note answers as one that never was; an admin reaches it', async () => {
    const { id } = await write({ title: 'mine' });
    for (const [method, json] of [['GET'], ['PATCH', { title: 'yours' }], ['DELETE']] as const)
      expect((await at(id, method, json, lee.token)).body.code).toBe('not_found');
    expect((await at(id, 'PATCH', { title: 'seen' }, admin.token)).body).toMatchObject({ owner_id: kim });
  });

  it.each([
    ['POST', '', {}, 'title required'],
    ['POST', '', { title: 'x', owner_id: kim }, 'owner_id unknown_field'],
    ['PATCH', '/019aaf36', { title: 'x' }, 'id invalid_format'],
  ])('%s %s with %j is refused: %s', async (method, path, json, refusal) => {
    const { status, body } = await app.http.request(method, `/notes${path}`, { token, json });
    const [{ field, code }] = body.errors;
    expect([status, `${field} ${code}`]).toEqual([400, refusal]);
  });
});
