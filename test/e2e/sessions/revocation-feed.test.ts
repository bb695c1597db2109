import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Timers } from '../../../src/platform/timers/index.js';
import {
  aSignedInUser,
  anAddress,
  PASSWORD,
  signIn,
  type SignedInUser,
  type Tokens,
} from '../../builders/users.js';
import { claimsOf, reach, reachesSoon } from '../../builders/access-tokens.js';
import { startApp, type Neighbourhood, type TestApp } from '../../support/app.js';
import { FrozenClock } from '../../support/frozen-clock.js';
import { Line } from '../../support/line.js';
import { until } from '../../support/until.js';

// The embedded database has one node.
const onServer = process.env['TEST_DATABASE_URL'] ? describe : describe.skip;

const SOON_MS = 5_000;

/** What a node says to an access token. */
const says = (node: TestApp, { access_token }: Tokens) => reach(node, access_token);

/** Waits until a node says so, by itself. */
const soon = (node: TestApp, { access_token }: Tokens, word: string) =>
  reachesSoon(node, access_token, word, SOON_MS);

/** What its timers do each second. */
const read = (node: TestApp) => node.nest.get(Timers).runAll();
const logout = ({ tokens }: SignedInUser, at: TestApp) =>
  at.http.post('/auth/logout', undefined, { token: tokens.access_token });

onServer('the revocation feed', () => {
  let app: TestApp;
  let node: TestApp;

  beforeEach(async () => {
    app = await startApp({ env: { REVOCATION_STALE: 'refuse' } });
  });
  afterEach(async () => {
    await node.stop();
    await app.stop();
  });

  /** Another node, and somebody whose token it has seen. */
  async function beside(other?: Neighbourhood): Promise<SignedInUser> {
    node = await app.beside(other);
    const user = await aSignedInUser(app);
    expect(await says(node, user.tokens)).toBe('alive');
    return user;
  }

  /** The connections that listen. */
  const listeners = (what = 'pid') =>
    app.sql(`SELECT ${what} FROM pg_stat_activity
      WHERE application_name = 'sumun hints' AND datname = current_database()`);

  /** Ends the connections that listen, and answers how many there were. */
  async function endHints(): Promise<number> {
    return (await listeners('pg_terminate_backend(pid)')).length;
  }

  it('a hint: signed out on one node, refused on the other before its next read', async () => {
    const user = await beside();
    await logout(user, app);
    await soon(node, user.tokens, 'token_revoked');
  });

  it.each([
    [
      'signing out everywhere',
      (user: SignedInUser) =>
        app.http.post('/auth/logout-all', undefined, { token: user.tokens.access_token }),
    ],
    [
      'a changed password',
      (user: SignedInUser) =>
        app.http.request('PUT', '/users/me/password', {
          json: { current_password: user.password, new_password: 'a kettle of quieter weather' },
          token: user.tokens.access_token,
        }),
    ],
    [
      'a reused refresh token',
      async ({ tokens: { refresh_token } }: SignedInUser) => {
        await app.http.post('/auth/refresh', { refresh_token });
        app.clock.advance(31);
        await read(node);
        await app.http.post('/auth/refresh', { refresh_token });
      },
    ],
  ])('%s reaches the other node', async (_, end) => {
    const user = await beside();
    await end(user);
    await soon(node, user.tokens, 'token_revoked');
  });

  it('a role that shrinks counts on the other node, too', async () => {
    node = await app.beside();
    const admin = await aSignedInUser(app);
    await app.sql(`INSERT INTO user_roles (user_id, role) VALUES ('${admin.id}', 'admin')`);
    const { access_token: token } = await signIn(app, admin);
    await app.http.post(
      '/admin/roles',
      { name: 'reader', permissions: ['note:read', 'user:read'] },
      { token },
    );
    const { email } = await aSignedInUser(app);
    const { body } = await app.http.post(
      '/admin/users',
      { email: anAddress(), password: PASSWORD, roles: ['reader'] },
      { token },
    );
    const reader = await signIn(app, { id: body.id, email: body.email, password: PASSWORD });
    const list = async () => (await node.http.get('/admin/users', { token: reader.access_token })).status;
    const becomes = async (status: number) =>
      expect(await until(async () => (await list()) === status)).toBe(true);
    await becomes(200);
    await app.http.patch('/admin/roles/reader', { permissions: ['note:read'] }, { token });
    await becomes(403);
    expect(email).toBeDefined();
  });

  it('cut hints: the next read finds what they would have told, and they come back by themselves', async () => {
    const user = await beside();
    expect(await endHints()).toBe(2);
    await logout(user, app);
    await read(node);
    expect(await says(node, user.tokens)).toBe('token_revoked');
    const later = await aSignedInUser(app);
    expect(await until(async () => (await listeners()).length === 2, SOON_MS)).toBe(true);
    await logout(later, app);
    await soon(node, later.tokens, 'token_revoked');
  });

  it('what was hinted while nobody listened is read when somebody listens again', async () => {
    const user = await beside();
    await endHints();
    await logout(user, app);
    await soon(node, user.tokens, 'token_revoked');
  });

  describe('committed out of order', () => {
    let slow: pg.Client;
    beforeEach(async () => {
      slow = new pg.Client({ connectionString: app.place.databaseUrl });
      await slow.connect();
    });
    afterEach(() => slow.end());

    const revoke = (sid: string) => `INSERT INTO revocations (kind, subject, keep_until)
      VALUES ('session', '${sid}', '2100-01-01')`;

    it('a revocation whose number was taken before others, and committed after they were read, is not missed', async () => {
      const user = await beside();
      const id = claimsOf(user.tokens.access_token)['sid'] as string;
      await slow.query('BEGIN');
      await slow.query(revoke(id));
      await app.sql(`INSERT INTO revocations (kind, subject, keep_until)
        SELECT 'session', gen_random_uuid(), '2100-01-01' FROM generate_series(1, 500)`);
      await read(node);
      expect(await says(node, user.tokens)).toBe('alive');
      await endHints();
      await slow.query('COMMIT');
      await read(node);
      expect(await says(node, user.tokens)).toBe('token_revoked');
    });

    it('… and its hint is enough where few came between', async () => {
      const user = await beside();
      const id = claimsOf(user.tokens.access_token)['sid'] as string;
      await slow.query('BEGIN');
      await slow.query(revoke(id));
      const other = await aSignedInUser(app);
      await logout(other, app);
      await soon(node, other.tokens, 'token_revoked');
      await slow.query('COMMIT');
      await soon(node, user.tokens, 'token_revoked');
    });
  });

  describe('cut off', () => {
    let line: Line;
    beforeEach(() => {
      line = new Line(new URL(app.place.databaseUrl!));
    });
    afterEach(() => line.cut());

    it('partition: a node that hears nothing goes on for REVOCATION_MAX_STALENESS, then refuses, then recovers', async () => {
      const user = await beside({ databaseUrl: await line.mend() });
      await line.cut();
      await logout(user, app);
      // It cannot know yet: what a stolen token has at most where the network is cut.
      expect(await says(node, user.tokens)).toBe('alive');
      app.clock.advance(60);
      await read(node);
      expect(await says(node, user.tokens)).toBe('alive');
      app.clock.advance(1);
      const refused = await node.http.get('/protected', { token: user.tokens.access_token });
      expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
        503,
        'service_unavailable',
        '5',
      ]);
      expect((await node.http.get('/health/live')).status).toBe(200);
      await line.mend();
      await read(node);
      expect(await says(node, user.tokens)).toBe('token_revoked');
      const other = await aSignedInUser(app);
      expect(await says(node, other.tokens)).toBe('alive');
    });

    it('REVOCATION_STALE=allow: it goes on, and reads the whole window afterwards', async () => {
      const user = await beside({
        databaseUrl: await line.mend(),
        env: { REVOCATION_STALE: 'allow', ACCESS_TOKEN_TTL: '1h' },
      });
      await line.cut();
      await logout(user, app);
      // The database's clock does not stand still with the test's: recorded long before the overlap of a read.
      await app.sql(`UPDATE revocations SET recorded_at = recorded_at - interval '10 minutes'`);
      app.clock.advance(120);
      await read(node);
      expect(await says(node, user.tokens)).toBe('alive');
      await line.mend();
      await read(node);
      expect(await says(node, user.tokens)).toBe('token_revoked');
    });

    it('a stalled line, which no error tells of, is a cut one', async () => {
      const user = await beside({ databaseUrl: await line.mend() });
      line.stall();
      await logout(user, app);
      app.clock.advance(61);
      expect(await says(node, user.tokens)).toBe('service_unavailable');
      line.flow();
      await read(node);
      expect(await says(node, user.tokens)).toBe('token_revoked');
    });
  });

  it.each([
    ['nine minutes fast', 540],
    ['an hour slow', -3600],
  ])('clock skew: a node %s keeps a revocation as long as it takes the token', async (_, seconds) => {
    const clock = new FrozenClock();
    clock.advance(seconds);
    node = await app.beside({ clock });
    const user = await aSignedInUser(app);
    // A node that is slow takes no token from the future at all.
    const before = seconds > 0 ? 'alive' : 'invalid_token';
    expect(await says(node, user.tokens)).toBe(before);
    await logout(user, app);
    await read(node);
    clock.advance(seconds > 0 ? 59 : 3600 + 599);
    await read(node);
    expect(await says(node, user.tokens)).toBe('token_revoked');
    clock.advance(2);
    expect(await says(node, user.tokens)).toBe('token_expired');
  });

  it('a node that starts later knows what was revoked before', async () => {
    const user = await aSignedInUser(app);
    await logout(user, app);
    node = await app.beside();
    expect(await says(node, user.tokens)).toBe('token_revoked');
  });
});

describe('a revocation is kept until the latest exp issued for it', () => {
  it('also where ACCESS_TOKEN_TTL was lowered since', async () => {
    const before = await startApp({ env: { ACCESS_TOKEN_TTL: '1h' } });
    const user = await aSignedInUser(before);
    const lowered = await before.restart({ env: { ACCESS_TOKEN_TTL: '1m' } });
    await logout(user, lowered);
    lowered.clock.advance(3500);
    const restarted = await lowered.restart({ env: { ACCESS_TOKEN_TTL: '1m' } });
    expect(await says(restarted, user.tokens)).toBe('token_revoked');
    restarted.clock.advance(101);
    expect(await says(restarted, user.tokens)).toBe('token_expired');
  });
});
