import { describe, expect, it } from '@jest/globals';
import { claimsOf, reach as reachWith } from '../../builders/access-tokens.js';
import { aSignedInUser, signIn, type SignedInUser, type Tokens } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

let app = await startApp();

interface Presented {
  bearer?: string;
  refresh?: string;
}

const logout = ({ bearer, refresh }: Presented) =>
  app.http.post('/auth/logout', refresh === undefined ? undefined : { refresh_token: refresh }, {
    token: bearer,
  });

const reach = ({ access_token }: Tokens) => reachWith(app, access_token);

const BAD_REFRESH = `sumun_rt_${'A'.repeat(96)}`;

describe('what ends', () => {
  it('by the access token alone: its session, with both tokens, before the answer', async () => {
    const { tokens } = await aSignedInUser(app);
    expect(await reach(tokens)).toBe('alive');
    expect((await logout({ bearer: tokens.access_token })).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
    const { body } = await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    expect(body.code).toBe('invalid_refresh_token');
  });

  it('… also where the access token was never seen before', async () => {
    const { tokens } = await aSignedInUser(app);
    await logout({ bearer: tokens.access_token });
    expect(await reach(tokens)).toBe('token_revoked');
  });

  it('by the refresh token alone', async () => {
    const { tokens } = await aSignedInUser(app);
    expect((await logout({ refresh: tokens.refresh_token })).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
  });

  it('by both, of different sessions: both; the third lives on', async () => {
    const user = await aSignedInUser(app);
    const [second, third] = [await signIn(app, user), await signIn(app, user)];
    const { status } = await logout({ bearer: user.tokens.access_token, refresh: second.refresh_token });
    expect(status).toBe(204);
    expect(await Promise.all([user.tokens, second, third].map(reach))).toEqual([
      'token_revoked',
      'token_revoked',
      'alive',
    ]);
  });

  it('by both, of one session: 204', async () => {
    const { tokens } = await aSignedInUser(app);
    const { status } = await logout({ bearer: tokens.access_token, refresh: tokens.refresh_token });
    expect(status).toBe(204);
  });

  it('every access token of the session, however many refreshes ago', async () => {
    const { tokens } = await aSignedInUser(app);
    const { body: next } = await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    expect((await logout({ bearer: tokens.access_token })).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
    expect(await reach(next as Tokens)).toBe('token_revoked');
  });
});

describe('one good credential is enough', () => {
  it('an expired access token beside a good refresh token', async () => {
    const { tokens } = await aSignedInUser(app);
    app.clock.advance(600);
    expect(await reach(tokens)).toBe('token_expired');
    expect((await logout({ bearer: tokens.access_token, refresh: tokens.refresh_token })).status).toBe(204);
  });

  it('a good access token beside a bad refresh token', async () => {
    const { tokens } = await aSignedInUser(app);
    expect((await logout({ bearer: tokens.access_token, refresh: BAD_REFRESH })).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
  });

  it('a refresh token just replaced, within its grace', async () => {
    const { tokens } = await aSignedInUser(app);
    await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    expect((await logout({ refresh: tokens.refresh_token })).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
  });
});

describe('where none is valid: the refresh token’s code, else the bearer’s, else unauthenticated', () => {
  async function ended(): Promise<SignedInUser> {
    const user = await aSignedInUser(app);
    await logout({ bearer: user.tokens.access_token });
    return user;
  }

  it.each<[string, () => Presented | Promise<Presented>, string]>([
    ['nothing', () => ({}), 'unauthenticated'],
    ['a bad access token', () => ({ bearer: 'a.b.c' }), 'invalid_token'],
    ['a bad refresh token', () => ({ refresh: BAD_REFRESH }), 'invalid_refresh_token'],
    ['both bad', () => ({ bearer: 'a.b.c', refresh: BAD_REFRESH }), 'invalid_refresh_token'],
    ['an access token again', async () => ({ bearer: (await ended()).tokens.access_token }), 'token_revoked'],
    [
      'a refresh token again',
      async () => ({ refresh: (await ended()).tokens.refresh_token }),
      'invalid_refresh_token',
    ],
    [
      'an expired access token',
      async () => {
        const { tokens } = await aSignedInUser(app);
        app.clock.advance(600);
        return { bearer: tokens.access_token };
      },
      'token_expired',
    ],
  ])('%s', async (_, present, code) => {
    const { status, body, headers } = await logout(await present());
    expect([status, body.code]).toEqual([401, code]);
    expect(headers['www-authenticate']).toBe(
      code === 'unauthenticated' ? 'Bearer' : 'Bearer error="invalid_token"',
    );
  });

  it('a refresh token used long before is refused, and its session ended all the same', async () => {
    const { tokens } = await aSignedInUser(app);
    const { body: next } = await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    app.clock.advance(31);
    expect((await logout({ refresh: tokens.refresh_token })).body.code).toBe('invalid_refresh_token');
    expect(await reach(next as Tokens)).toBe('token_revoked');
  });

  it.each([
    [{ refresh_token: null }, 'wrong_type'],
    [{ refresh_token: 7 }, 'wrong_type'],
    [{ access_token: 'x' }, 'unknown_field'],
  ])('%j fails validation, and ends nothing', async (json, code) => {
    const { tokens } = await aSignedInUser(app);
    const { status, body } = await app.http.post('/auth/logout', json, { token: tokens.access_token });
    expect([status, body.errors[0].code]).toEqual([400, code]);
    expect(await reach(tokens)).toBe('alive');
  });
});

describe('20 logouts at once', () => {
  it('end the session once: one 204, and token_revoked for the rest', async () => {
    const { tokens } = await aSignedInUser(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => logout({ bearer: tokens.access_token })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(new Set(answers.flatMap(({ body }) => (body ? [body.code] : [])))).toEqual(
      new Set(['token_revoked']),
    );
    const rows = await app.sql(
      `SELECT id FROM revocations WHERE subject = '${claimsOf(tokens.access_token).sid}'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('with one refresh token: one 204, one row of audit, and invalid_refresh_token for the rest', async () => {
    const { tokens } = await aSignedInUser(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => logout({ refresh: tokens.refresh_token })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    const refused = answers.flatMap(({ body }) => (body ? [body.code] : []));
    expect(refused).toEqual(Array.from({ length: 19 }, () => 'invalid_refresh_token'));
    const sid = String(claimsOf(tokens.access_token).sid);
    const rows = await app.sql(`SELECT type FROM audit_events WHERE details::json->>'session_id' = '${sid}'
      AND type <> 'auth.logged_in'`);
    expect(rows).toEqual([{ type: 'auth.logged_out' }]);
  });
});

describe('a restart', () => {
  it('forgets no revocation, and revokes nothing else', async () => {
    const user = await aSignedInUser(app);
    const other = await signIn(app, user);
    await logout({ bearer: user.tokens.access_token });
    app = await app.restart();
    expect(await reach(user.tokens)).toBe('token_revoked');
    expect(await reach(other)).toBe('alive');
  });

  it('knows the least version of a user: older tokens are dead, newer ones live', async () => {
    const user = await aSignedInUser(app);
    await app.sql(`UPDATE users SET version = 2 WHERE id = '${user.id}'`);
    await app.sql(`INSERT INTO revocations (kind, subject, min_version, keep_until)
      VALUES ('user', '${user.id}', 2, '2027-12-31')`);
    app = await app.restart();
    expect(await reach(user.tokens)).toBe('token_revoked');
    expect(await reach(await signIn(app, user))).toBe('alive');
  });
});

describe('MAX_SESSIONS_PER_USER', () => {
  it('ends the oldest session of that user, and its access tokens', async () => {
    const small = await startApp({ env: { MAX_SESSIONS_PER_USER: '2' } });
    const [user, stranger] = [await aSignedInUser(small), await aSignedInUser(small)];
    const sessions = [user.tokens];
    for (let i = 0; i < 2; i++) {
      small.clock.advance(1);
      sessions.push(await signIn(small, user));
    }
    const statuses = [];
    for (const { access_token } of [...sessions, stranger.tokens])
      statuses.push((await small.http.get('/protected', { token: access_token })).status);
    expect(statuses).toEqual([401, 200, 200, 200]);
    const { body } = await small.http.post('/auth/refresh', { refresh_token: sessions[0]!.refresh_token });
    expect(body.code).toBe('invalid_refresh_token');
  });
});
