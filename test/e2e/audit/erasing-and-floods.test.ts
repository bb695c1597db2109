import { describe, expect, it } from '@jest/globals';
import type { Stretch } from '../../../src/audit/index.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { anAdmin, setRoles } from '../../builders/administration.js';
import { startApp } from '../../support/app.js';

const PASSWORD = 'a quiet harbour at dawn';
const KIM = 'kim@example.com';

describe('a user deleted by DELETE /admin/users/{id}', () => {
  it('is erased: address, ip and agent go, everybody else stays, and the chain is valid', async () => {
    const app = await startApp();
    const admin = await anAdmin(app);
    const register = (email: string) =>
      app.http.post('/auth/register', { email, password: PASSWORD }, { headers: { 'User-Agent': email } });
    const login = (password: string) =>
      app.http.post('/auth/login', { email: KIM, password }, { headers: { 'User-Agent': KIM } });
    await register('lee@example.com');
    const { id } = (await register(KIM)).body;
    await setRoles(app, admin, id, ['admin']);
    await login('not the password');
    const token = (await login(PASSWORD)).body.access_token;
    const park = { email: 'park@example.com' };
    const made = await app.http.post('/admin/users', park, { token, headers: { 'User-Agent': KIM } });
    expect(made.status).toBe(201);
    await app.nest.get(Timers).runAll();
    const before = await app.sql(`SELECT 1 FROM audit_events AS a WHERE a::text LIKE '%${KIM}%'`);
    expect(before).toHaveLength(4);
    const by = { token: admin.tokens.access_token, headers: { 'User-Agent': 'admins/1' } };
    expect((await app.http.request('DELETE', `/admin/users/${id}`, by)).status).toBe(204);

    const rows = await app.sql(
      `SELECT type, email, ip, agent, subject_salt, actor_salt FROM audit_events
       WHERE id > (SELECT id FROM audit_events WHERE email = 'lee@example.com') ORDER BY id`,
    );
    const gone = { email: null, ip: null, agent: null, subject_salt: null, actor_salt: null };
    const here = { ip: '127.0.0.1', actor_salt: expect.anything() };
    expect(rows).toEqual([
      { type: 'auth.registered', ...gone },
      // What others did to it is theirs.
      { type: 'users.roles_changed', ...gone, ...here },
      { type: 'auth.login_refused', ...gone },
      { type: 'auth.logged_in', ...gone },
      // What it did to others: whom it was about stays.
      { type: 'users.created', ...gone, ...park, subject_salt: expect.anything() },
      { type: 'users.deleted', ...gone, ...here, agent: 'admins/1' },
      { type: 'audit.erased', ...gone, ...here, agent: 'admins/1' },
    ]);
    expect(await app.sql(`SELECT 1 FROM audit_events AS a WHERE a::text LIKE '%${KIM}%'`)).toEqual([]);
    const told = (subject: string) => app.http.get(`/admin/audit?subject=${subject}`, { token: by.token });
    expect((await told(KIM)).body.items).toEqual([]);
    expect((await told(id)).body.items[0]).toMatchObject({ type: 'audit.erased', email: null });
    const verify = () => app.nest.get(ControlCommands).run('audit:verify', {}) as Promise<Stretch>;
    expect(await verify()).toMatchObject({ findings: [], unsealed: 2 });
    await app.nest.get(Timers).runAll();
    expect(await verify()).toMatchObject({
      findings: [],
      unsealed: 0,
      state: { erased: 7, erased_recorded: 7 },
    });
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
