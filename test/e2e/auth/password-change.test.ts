import { describe, expect, it } from '@jest/globals';
import { claimsOf, reach as reachWith } from '../../builders/access-tokens.js';
import { aSignedInUser, signIn, type RegisteredUser, type Tokens } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp({ env: { RATE_LIMITS: 'on', ACCESS_TOKEN_TTL: '1h' } });
const NEW = 'a kettle of quieter weather';
const WRONG = 'not the battery, not the staple';

const change = ({ access_token: token }: Tokens, current_password: string, new_password = NEW) =>
  app.http.request('PUT', '/users/me/password', { json: { current_password, new_password }, token });
const login = ({ email }: RegisteredUser, password: string) =>
  app.http.post('/auth/login', { email, password });
const refresh = ({ refresh_token }: Tokens) => app.http.post('/auth/refresh', { refresh_token });
const reach = ({ access_token }: Tokens) => reachWith(app, access_token);

describe('PUT /users/me/password', () => {
  it('sets the new password and gives a token set that works', async () => {
    const user = await aSignedInUser(app);
    const { status, body } = await change(user.tokens, user.password);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'access_token',
      'token_type',
      'expires_in',
      'refresh_token',
      'refresh_expires_in',
      'scope',
    ]);
    expect(await reach(body)).toBe('alive');
    expect((await refresh(body)).status).toBe(200);
    expect((await login(user, user.password)).body.code).toBe('invalid_credentials');
    expect((await login(user, NEW)).status).toBe(200);
  });

  it('stolen session: every token of before is dead, of this device and of others, within the grace, too', async () => {
    const user = await aSignedInUser(app);
    const elsewhere = await signIn(app, user);
    const { body } = await change(user.tokens, user.password);
    for (const old of [user.tokens, elsewhere]) {
      expect(await reach(old)).toBe('token_revoked');
      expect((await refresh(old)).body.code).toBe('invalid_refresh_token');
    }
    // An honest refresh that was on its way meanwhile ends nothing.
    expect((await refresh(body)).status).toBe(200);
    const { items } = (await app.http.get('/auth/sessions', { token: body.access_token })).body;
    expect(items).toHaveLength(1);
  });

  it('counts as a new sign-in: auth_time is now', async () => {
    const user = await aSignedInUser(app);
    app.clock.advance(100);
    const { body } = await change(user.tokens, user.password);
    const before = claimsOf(user.tokens.access_token);
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: user.id,
      auth_time: before['auth_time'] + 100,
      amr: ['pwd'],
    });
  });

  it('stolen token: without the password nothing changes', async () => {
    const user = await aSignedInUser(app);
    const answer = await change(user.tokens, WRONG);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(await reach(user.tokens)).toBe('alive');
    expect((await login(user, NEW)).status).toBe(401);
    expect((await login(user, user.password)).status).toBe(200);
  });

  it("stolen token: somebody else's password proves nothing", async () => {
    const victim = await aSignedInUser(app);
    const thief = await aSignedInUser(app, { password: 'the thief has a password too' });
    expect((await change(victim.tokens, thief.password)).body.code).toBe('invalid_credentials');
  });

  it("brute force: a wrong one counts with the account's logins", async () => {
    const user = await aSignedInUser(app);
    for (let i = 0; i < 10; i++) expect((await change(user.tokens, WRONG)).status).toBe(401);
    const limited = await change(user.tokens, user.password);
    expect([limited.status, limited.body.code]).toEqual([429, 'rate_limited']);
    expect((await login(user, user.password)).status).toBe(429);
    app.clock.advance(301);
    expect((await change(user.tokens, user.password)).status).toBe(200);
  });

  it('two at once with the same old password: one succeeds', async () => {
    const user = await aSignedInUser(app);
    const passwords = ['one of the two at once', 'the other of the two'];
    const answers = await Promise.all(passwords.map((next) => change(user.tokens, user.password, next)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 401]);
    const won = passwords[answers.findIndex(({ status }) => status === 200)]!;
    expect((await login(user, won)).status).toBe(200);
  });

  it('race: a login that was checking the old password meanwhile leaves no session behind', async () => {
    const user = await aSignedInUser(app);
    const [changed, ...logins] = await Promise.all([
      change(user.tokens, user.password),
      ...Array.from({ length: 8 }, () => login(user, user.password)),
    ]);
    expect(changed.status).toBe(200);
    // A login before the change was ended by it; one after it was refused.
    for (const { status, body } of logins)
      if (status === 200) expect(await reach(body)).toBe('token_revoked');
    const { items } = (await app.http.get('/auth/sessions', { token: changed.body.access_token })).body;
    expect(items).toHaveLength(1);
  });

  it('refuses bad bodies by field, before the password is checked', async () => {
    const user = await aSignedInUser(app);
    const token = user.tokens.access_token;
    for (const [json, field, code] of [
      [{ new_password: NEW }, 'current_password', 'required'],
      [{ current_password: user.password }, 'new_password', 'required'],
      [{ current_password: user.password, new_password: 'short' }, 'new_password', 'too_short'],
      [{ current_password: user.password, new_password: 'password1' }, 'new_password', 'password_too_common'],
      [
        { current_password: user.password, new_password: NEW, email: 'a@example.com' },
        'email',
        'unknown_field',
      ],
    ] as const) {
      const { status, body } = await app.http.request('PUT', '/users/me/password', { json, token });
      expect([status, body.errors[0]]).toMatchObject([400, { field, code }]);
    }
    expect(await reach(user.tokens)).toBe('alive');
  });

  it('is told in the audit with the sessions it ended, and never the passwords', async () => {
    const user = await aSignedInUser(app);
    await signIn(app, user);
    await change(user.tokens, WRONG);
    await change(user.tokens, user.password);
    const rows = await app.sql<{ type: string; details: object }>(
      `SELECT type, details::json AS details FROM audit_events WHERE subject_id = '${user.id}' ORDER BY id DESC LIMIT 3`,
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'auth.logged_in',
      'auth.password_changed',
      'auth.reauthentication_refused',
    ]);
    expect(rows[1]!.details).toEqual({ sessions_ended: 2 });
  });
});
