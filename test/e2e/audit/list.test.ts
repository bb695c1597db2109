import { beforeAll, describe, expect, it } from '@jest/globals';
import { Timers } from '../../../src/platform/timers/index.js';
import { aClient } from '../../builders/clients.js';
import { startApp, type TestApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const PASSWORD = 'a quiet harbour at dawn';

/** Registers, and signs in with the role of an administrator. */
async function administrator(app: TestApp): Promise<{ id: string; token: string }> {
  const email = 'admin@example.com';
  const { body } = await app.http.post('/auth/register', { email, password: PASSWORD });
  await app.sql(`INSERT INTO user_roles (user_id, role) VALUES ('${body.id}', 'admin')`);
  const login = await app.http.post('/auth/login', { email, password: PASSWORD });
  return { id: body.id, token: login.body.access_token };
}

describe('GET /admin/audit', () => {
  let app: TestApp;
  let admin: { id: string; token: string };
  let kim: string;
  const list = async (query = '') => app.http.get(`/admin/audit${query}`, { token: admin.token });
  const types = async (query: string) =>
    (await list(query)).body.items.map(({ type }: { type: string }) => type);

  beforeAll(async () => {
    app = await startApp();
    admin = await administrator(app);
    await app.nest.get(Timers).runAll();
    app.clock.advance(60);
    const registered = await app.http.post(
      '/auth/register',
      { email: 'kim@example.com', password: PASSWORD },
      { headers: { 'User-Agent': 'harbour/1', 'X-Request-Id': 'here' } },
    );
    kim = registered.body.id;
    app.clock.advance(60);
    await app.http.post('/auth/login', { email: 'kim@example.com', password: 'not the password' });
  });

  it('lists what happened, the newest first, and what is not sealed yet as such', async () => {
    const { body } = await list();
    expect(body.items.map(({ type, seal_no }: Record<string, unknown>) => [type, seal_no])).toEqual([
      ['auth.login_refused', null],
      ['auth.registered', null],
      ['auth.logged_in', 3],
      ['auth.registered', 2],
      ['keys.made', 1],
    ]);
    expect(body.next_cursor).toBeNull();
    expect(body.items[1]).toEqual({
      ...{ id: expect.any(String), at: '2026-11-23T01:03:03.456Z', type: 'auth.registered', via: 'http' },
      ...{
        actor_id: null,
        subject_id: kim,
        email: 'kim@example.com',
        ip: '127.0.0.1',
        user_agent: 'harbour/1',
      },
      ...{ request_id: 'here', details: {}, seal_no: null },
    });
  });

  it('in pages, by cursors', async () => {
    const first = (await list('?limit=2')).body;
    const second = (await list(`?limit=2&cursor=${first.next_cursor}`)).body;
    const third = (await list(`?limit=2&cursor=${second.next_cursor}`)).body;
    const ids = [first, second, third].flatMap(({ items }) => items.map(({ id }: { id: string }) => id));
    expect(ids).toEqual((await list()).body.items.map(({ id }: { id: string }) => id));
    expect(third.next_cursor).toBeNull();
  });

  it('narrowed to type, actor, subject by id or address, and time', async () => {
    expect(await types('?type=auth.registered')).toEqual(['auth.registered', 'auth.registered']);
    expect(await types(`?actor=${admin.id}`)).toEqual(['auth.logged_in']);
    expect(await types(`?subject=${kim}`)).toEqual(['auth.registered']);
    expect(await types(`?subject=${kim.toUpperCase()}`)).toEqual(['auth.registered']);
    expect(await types('?subject=Kim@example.com')).toEqual(['auth.login_refused', 'auth.registered']);
    expect(await types('?from=2026-11-23T01:03:03.456Z&to=2026-11-23T01:04:03.456Z')).toEqual([
      'auth.registered',
    ]);
    expect(await types('?from=2026-11-23t01:03:03.456z&to=2026-11-23t01:04:03.456z')).toEqual([
      'auth.registered',
    ]);
    expect(await types('?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z')).toHaveLength(5);
    expect(await types('?from=2024-02-29T23:59:59-23:59&to=2026-11-23T10:03:03.456%2B09:00')).toHaveLength(3);
    expect(await types(`?type=keys.made&subject=${kim}`)).toEqual([]);
  });

  it.each([
    ['type=auth.nothing', 'type', 'not_allowed'],
    ['actor=kim', 'actor', 'invalid_format'],
    ['subject=', 'subject', 'invalid_format'],
    ['subject=%00', 'subject', 'invalid_format'],
    ['subject=kim', 'subject', 'invalid_format'],
    ['subject=kim@', 'subject', 'invalid_format'],
    [`subject=${'0'.repeat(36)}`, 'subject', 'invalid_format'],
    [`subject=${'A'.repeat(21)}`, 'subject', 'invalid_format'],
    ['subject=%EA%B9%80@example.com', 'subject', 'invalid_format'],
    [`subject=${'x'.repeat(254)}`, 'subject', 'invalid_format'],
    [`subject=${'x'.repeat(255)}`, 'subject', 'too_long'],
    [`actor=${'0'.repeat(36)}`, 'actor', 'invalid_format'],
    ['from=yesterday', 'from', 'invalid_format'],
    ['to=2026-13-01T00:00:00Z', 'to', 'invalid_format'],
    ['to=2026', 'to', 'invalid_format'],
    ['from=0000-01-01T00:00:00Z', 'from', 'invalid_format'],
    ['from=0001-01-01T00:00:00%2B00:01', 'from', 'invalid_format'],
    ['to=9999-12-31T23:59:59-00:01', 'to', 'invalid_format'],
    ['from=2026-02-30T00:00:00Z', 'from', 'invalid_format'],
    ['from=2025-02-29T00:00:00Z', 'from', 'invalid_format'],
    ['from=2026-11-23T24:00:00Z', 'from', 'invalid_format'],
    ['from=2026-11-23T01:02:03%2B24:00', 'from', 'invalid_format'],
    ['cursor=AAAA', 'cursor', 'invalid_format'],
    ['limit=101', 'limit', 'out_of_range'],
    ['since=1', 'since', 'unknown_field'],
  ])('%s is refused, naming the field', async (query, field, code) => {
    const answer = await list(`?${query}`);
    expect([answer.status, answer.body.errors]).toEqual([400, [expect.objectContaining({ field, code })]]);
  });

  it('narrowed to a client, whose id is kept in the case in which it was given out', async () => {
    const { client_id } = await aClient(app);
    expect(await types(`?subject=${client_id}`)).toEqual(['clients.created']);
    expect(await types(`?subject=${client_id.toLowerCase()}`)).toEqual([]);
  });

  it('tampered cursor: one of another list, and one with another position, are refused', async () => {
    const users = (await app.http.get('/admin/users?limit=1', { token: admin.token })).body.next_cursor;
    const bytes = Buffer.from((await list('?limit=1')).body.next_cursor as string, 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    for (const cursor of [users, bytes.toString('base64url')]) {
      const { status, body } = await list(`?cursor=${cursor}`);
      expect([status, body.errors]).toMatchObject([400, [{ field: 'cursor', code: 'invalid_format' }]]);
    }
  });

  it('terminal escapes: C1, of which 9B is ESC [, are neither kept nor answered of a User-Agent', async () => {
    const body = JSON.stringify({ email: 'bell@example.com', password: 'not the password' });
    const agent = 'a\x9b2Jb\tc\x85d\x80\xe9';
    const head = `POST /auth/login HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\nContent-Type: application/json\r\n`;
    const connection = new RawConnection(app.http.origin);
    connection.send(Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1'));
    expect((await connection.answers(1)).statuses).toEqual([401]);
    connection.close();
    const [row] = (await list('?subject=bell@example.com')).body.items;
    expect(row.user_agent).toBe('a\ufffd2Jb\ufffdc\ufffdd\ufffdé');
  });

  it('without the permission nobody reads it', async () => {
    const { body } = await app.http.post('/auth/login', { email: 'kim@example.com', password: PASSWORD });
    expect((await app.http.get('/admin/audit', { token: body.access_token })).status).toBe(403);
    expect((await app.http.get('/admin/audit')).status).toBe(401);
  });
});
