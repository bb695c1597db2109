import { beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { Grants } from '../../../src/access/index.js';
import { AUDIT_VERIFY, type Stretch } from '../../../src/audit/index.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { COMMAND_LINE, Events } from '../../../src/platform/events/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { startApp, type TestApp } from '../../support/app.js';

/** What a token's scope names counts, whatever roles grant at the moment: this is not about roles. */
@Global()
@Module({ providers: [{ provide: Grants, useValue: { grants: () => true } }], exports: [Grants] })
class GrantAll {}

const PASSWORD = 'a quiet harbour at dawn';

/** Registers, and signs in with the role of an administrator. */
async function administrator(app: TestApp): Promise<{ id: string; token: string }> {
  const email = 'admin@example.com';
  const { body } = await app.http.post('/auth/register', { email, password: PASSWORD });
  await app.sql(`INSERT INTO role_permissions VALUES ('admin', 'audit:read') ON CONFLICT DO NOTHING`);
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
    app = await startApp({ modules: [GrantAll] });
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
    expect(await types('?subject=Kim@example.com')).toEqual(['auth.login_refused', 'auth.registered']);
    expect(await types('?from=2026-11-23T01:03:03.456Z&to=2026-11-23T01:04:03.456Z')).toEqual([
      'auth.registered',
    ]);
    expect(await types(`?type=keys.made&subject=${kim}`)).toEqual([]);
  });

  it.each([
    ['type=auth.nothing', 'type', 'not_allowed'],
    ['actor=kim', 'actor', 'invalid_format'],
    ['subject=', 'subject', 'invalid_format'],
    ['subject=%00', 'subject', 'invalid_format'],
    ['from=yesterday', 'from', 'invalid_format'],
    ['to=2026-13-01T00:00:00Z', 'to', 'invalid_format'],
    ['to=2026', 'to', 'invalid_format'],
    ['cursor=AAAA', 'cursor', 'invalid_format'],
    ['limit=101', 'limit', 'out_of_range'],
    ['since=1', 'since', 'unknown_field'],
  ])('%s is refused, naming the field', async (query, field, code) => {
    const answer = await list(`?${query}`);
    expect([answer.status, answer.body.errors]).toEqual([400, [expect.objectContaining({ field, code })]]);
  });

  it('a cursor of another list does not open this one', async () => {
    const cursor = (await list('?limit=1')).body.next_cursor as string;
    const altered = cursor.slice(0, -1) + (cursor.endsWith('A') ? 'B' : 'A');
    expect((await list(`?cursor=${altered}`)).body.errors[0].field).toBe('cursor');
  });

  it('without the permission nobody reads it', async () => {
    const { body } = await app.http.post('/auth/login', { email: 'kim@example.com', password: PASSWORD });
    expect((await app.http.get('/admin/audit', { token: body.access_token })).status).toBe(403);
    expect((await app.http.get('/admin/audit')).status).toBe(401);
  });

  it('erasing a deleted user takes address, ip and agent, and leaves the chain valid', async () => {
    await app.nest.get(Timers).runAll();
    const event = { type: 'users.deleted', origin: COMMAND_LINE, subject: { id: kim }, details: {} };
    await app.nest.get(Database).transaction((tx) => app.nest.get(Events).publish(tx, event));
    const left = await app.sql<{ id: string }>(
      `SELECT id FROM audit_events WHERE email LIKE 'kim%' OR agent LIKE 'harbour%' OR (ip IS NOT NULL AND
       (subject_id = '${kim}' OR actor_id = '${kim}'))`,
    );
    expect(left).toEqual([]);
    expect(await types('?subject=admin@example.com')).toEqual(['auth.registered']);
    expect((await types('')).slice(0, 2)).toEqual(['audit.erased', 'users.deleted']);
    const verify = () => app.nest.get(ControlCommands).run(AUDIT_VERIFY, {}) as Promise<Stretch>;
    expect(await verify()).toMatchObject({ findings: [], unsealed: 2 });
    await app.nest.get(Timers).runAll();
    expect(await verify()).toMatchObject({ findings: [], unsealed: 0 });
  });
});

describe('a flood of refusals', () => {
  it('429 writes one row for an address and a minute, with how many there were', async () => {
    const app = await startApp({ env: { RATE_LIMITS: 'on', RATE_LIMIT_LOGIN_PAIR: '1/5m' } });
    const refused = () =>
      app.sql<{ ip: string; details: string }>(
        `SELECT ip, details FROM audit_events WHERE type = 'audit.requests_refused'`,
      );
    const knock = () =>
      app.http.post('/auth/login', { email: 'kim@example.com', password: 'not the password' });
    await knock();
    for (let i = 0; i < 5; i++) expect((await knock()).status).toBe(429);
    await app.nest.get(Timers).runAll();
    expect(await refused()).toEqual([]);
    app.clock.advance(60);
    await app.nest.get(Timers).runAll();
    const [row, ...more] = await refused();
    expect(more).toEqual([]);
    expect(row!.ip).toBe('127.0.0.1');
    expect(JSON.parse(row!.details)).toEqual({ since: '2026-11-23T01:02:03.456Z', rate_limited: 5 });
    await knock();
    const after = await app.restart();
    expect(await after.sql(`SELECT 1 FROM audit_events WHERE type = 'audit.requests_refused'`)).toHaveLength(
      2,
    );
  });
});
