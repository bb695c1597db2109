import { beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

interface Row {
  readonly type: string;
  readonly via: string;
  readonly actor_id: string | null;
  readonly subject_id: string | null;
  readonly request_id: string | null;
  readonly details: string;
  readonly email: string | null;
  readonly ip: string | null;
  readonly agent: string | null;
}

const PASSWORD = 'a quiet harbour at dawn';

describe('what happened is written down', () => {
  let app: TestApp;
  let userId: string;

  beforeAll(async () => {
    app = await startApp({ env: { MAX_SESSIONS_PER_USER: '2' } });
    const registered = await app.http.post(
      '/auth/register',
      { email: 'kim@example.com', password: PASSWORD },
      { headers: { 'User-Agent': 'harbour/1', 'X-Request-Id': 'registering' } },
    );
    userId = registered.body.id;
  });

  /** The rows since the last time this was asked. */
  let seen = 0;
  async function fresh(): Promise<Row[]> {
    const rows = await app.sql<Row>('SELECT * FROM audit_events ORDER BY id');
    return rows.slice(seen, (seen = rows.length));
  }

  const login = (password = PASSWORD, email = 'kim@example.com') =>
    app.http.post('/auth/login', { email, password });

  it('with actor, subject, address, request id; the keys of the first start, by the service itself', async () => {
    const [keys, registered, ...more] = await fresh();
    expect(keys).toMatchObject({ type: 'keys.made', via: 'service', actor_id: null, ip: null, email: null });
    expect(JSON.parse(keys!.details)).toEqual({
      algorithm: 'ES256',
      kids: [expect.any(String), expect.any(String)],
    });
    expect(registered).toMatchObject({
      type: 'auth.registered',
      via: 'http',
      actor_id: null,
      subject_id: userId,
      request_id: 'registering',
      details: '{}',
      email: 'kim@example.com',
      ip: '127.0.0.1',
      agent: 'harbour/1',
    });
    expect(more).toEqual([]);
  });

  it('a login, a sign-out by either token, and the session that one too many ended', async () => {
    const first = await login();
    const [opened] = await fresh();
    expect(opened).toMatchObject({
      type: 'auth.logged_in',
      actor_id: userId,
      subject_id: userId,
      email: null,
    });
    const sessionOf = ({ details }: Row) => (JSON.parse(details) as { session_id: string }).session_id;
    await app.http.post('/auth/logout', undefined, { token: first.body.access_token });
    expect(await fresh()).toMatchObject([
      { type: 'auth.logged_out', actor_id: userId, subject_id: userId, details: opened!.details },
    ]);
    app.clock.advance(1);
    const second = await login();
    app.clock.advance(1);
    await login();
    app.clock.advance(1);
    const last = await login();
    const rows = await fresh();
    expect(rows.map(({ type }) => type)).toEqual([
      ...['auth.logged_in', 'auth.logged_in', 'auth.logged_in', 'auth.session_displaced'],
    ]);
    const [oldest, , newest] = rows.map(sessionOf);
    expect(JSON.parse(rows[3]!.details)).toEqual({ session_id: oldest, by_session_id: newest });
    expect(second.status).toBe(200);
    await app.http.post('/auth/logout', { refresh_token: last.body.refresh_token });
    expect(await fresh()).toMatchObject([{ type: 'auth.logged_out', actor_id: userId }]);
  });

  it('enumeration: a refused login leaves the same row for an account that exists and one that does not', async () => {
    await login('not the password');
    await login('not the password', 'nobody@example.com');
    const [known, unknown, ...more] = await fresh();
    expect(more).toEqual([]);
    const told = ({ email: _, id: __, ...row }: Row & { id?: string }) => ({
      ...row,
      ...{ subject_salt: 0, subject_hash: 0, actor_salt: 0, actor_hash: 0, mac: 0, request_id: 0 },
    });
    expect(known).toMatchObject({ type: 'auth.login_refused', actor_id: null, subject_id: null });
    expect([known!.email, unknown!.email]).toEqual(['kim@example.com', 'nobody@example.com']);
    expect(told(known!)).toEqual(told(unknown!));
  });

  it('a disabled user who knows the password is refused with the same row', async () => {
    await app.sql(`UPDATE users SET disabled_at = now() WHERE id = '${userId}'`);
    expect((await login()).status).toBe(401);
    expect(await fresh()).toMatchObject([{ type: 'auth.login_refused', actor_id: null, subject_id: null }]);
    await app.sql('UPDATE users SET disabled_at = NULL');
  });

  it('a refresh is not; its repetition within the grace is, and the reuse that ends the session', async () => {
    const { body } = await login();
    const [opened] = await fresh();
    const refresh = () => app.http.post('/auth/refresh', { refresh_token: body.refresh_token });
    await refresh();
    expect(await fresh()).toEqual([]);
    await refresh();
    expect(await fresh()).toMatchObject([
      { type: 'auth.refresh_token_repeated', actor_id: null, subject_id: userId, details: opened!.details },
    ]);
    app.clock.advance(31);
    expect((await refresh()).status).toBe(401);
    expect(await fresh()).toMatchObject([
      { type: 'auth.refresh_token_reused', actor_id: null, subject_id: userId, details: opened!.details },
    ]);
    await refresh();
    expect(await fresh()).toEqual([]);
  });

  it('signing out with a token that was used before: the reuse, and no sign-out', async () => {
    const { body } = await login();
    await app.http.post('/auth/refresh', { refresh_token: body.refresh_token });
    app.clock.advance(31);
    await fresh();
    expect((await app.http.post('/auth/logout', { refresh_token: body.refresh_token })).status).toBe(401);
    expect(await fresh()).toMatchObject([{ type: 'auth.refresh_token_reused', subject_id: userId }]);
  });

  it('signing out everywhere, by its owner, with how many sessions that ended', async () => {
    await login();
    const { body } = await login();
    await fresh();
    const out = await app.http.post('/auth/logout-all', undefined, { token: body.access_token });
    expect(out.status).toBe(204);
    expect(await fresh()).toMatchObject([
      {
        ...{ type: 'auth.logged_out_everywhere', actor_id: userId, subject_id: userId },
        details: '{"sessions_ended":2}',
      },
    ]);
  });

  it('what is rolled back leaves no row: an address that is taken', async () => {
    await fresh();
    const taken = await app.http.post('/auth/register', { email: 'kim@example.com', password: PASSWORD });
    expect(taken.status).toBe(409);
    expect(await fresh()).toEqual([]);
  });

  it('what cannot be written down does not happen', async () => {
    await app.sql(
      `ALTER TABLE audit_events ADD CONSTRAINT full_disk CHECK (type <> 'auth.registered') NOT VALID`,
    );
    // Not by the client of the other tests: a 500 is no documented answer.
    const lost = await fetch(`${app.http.origin}/auth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'lee@example.com', password: PASSWORD }),
    });
    expect(lost.status).toBe(500);
    expect(await app.sql(`SELECT 1 FROM users WHERE email = 'lee@example.com'`)).toEqual([]);
  });
});
