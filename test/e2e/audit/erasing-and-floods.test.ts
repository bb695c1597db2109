import { describe, expect, it } from '@jest/globals';
import { AUDIT_VERIFY, type Stretch } from '../../../src/audit/index.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { COMMAND_LINE, Events } from '../../../src/platform/events/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { startApp } from '../../support/app.js';

const PASSWORD = 'a quiet harbour at dawn';

describe('a deleted user', () => {
  it('is erased: address, ip and agent go, everybody else stays, and the chain is valid', async () => {
    const app = await startApp();
    const register = (email: string) =>
      app.http.post('/auth/register', { email, password: PASSWORD }, { headers: { 'User-Agent': email } });
    await register('lee@example.com');
    const { id } = (await register('kim@example.com')).body;
    await app.http.post('/auth/login', { email: 'kim@example.com', password: PASSWORD });
    await app.http.post('/auth/login', { email: 'kim@example.com', password: 'not the password' });
    await app.nest.get(Timers).runAll();
    const event = { type: 'users.deleted', origin: COMMAND_LINE, subject: { id }, details: {} };
    await app.nest.get(Database).transaction((tx) => app.nest.get(Events).publish(tx, event));
    const rows = await app.sql(`SELECT type, email, ip, agent FROM audit_events ORDER BY id`);
    const gone = { email: null, ip: null, agent: null };
    expect(rows.slice(1)).toEqual([
      { type: 'auth.registered', email: 'lee@example.com', ip: '127.0.0.1', agent: 'lee@example.com' },
      { type: 'auth.registered', ...gone },
      { type: 'auth.logged_in', ...gone },
      { type: 'auth.login_refused', ...gone },
      { type: 'users.deleted', ...gone },
      { type: 'audit.erased', ...gone },
    ]);
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
