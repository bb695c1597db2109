import { afterAll, describe, expect, it } from '@jest/globals';
import { claimsOf, reach } from '../../builders/access-tokens.js';
import { aClient, revoke } from '../../builders/clients.js';
import { aBrowserSession, cookieOf, cookies, REFRESH_COOKIE } from '../../builders/refresh-cookies.js';
import { aUser, aSignedInUser, PASSWORD, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import type { Answer } from '../../support/answer.js';

const app = await startApp({ env: { REFRESH_COOKIE: 'on' } });
const off = await startApp();
afterAll(() => Promise.all([app.stop(), off.stop()]));

const ATTRIBUTES = ['Path=/auth', 'HttpOnly', 'Secure', 'SameSite=Strict'];
const CLEARED = { value: '', maxAge: 0, attributes: ATTRIBUTES };
const JSON_TYPE = { 'Content-Type': 'application/json' };

const send = (path: string, cookie?: string, sending: { token?: string; json?: unknown } = {}) =>
  app.http.request('POST', path, {
    ...sending,
    headers: { ...JSON_TYPE, ...(cookie === undefined ? {} : { Cookie: cookie }) },
  });
const refresh = (cookie?: string, json?: unknown) => send('/auth/refresh', cookie, { json });
const logout = (cookie?: string, sending = {}) => send('/auth/logout', cookie, sending);
const codeOf = ({ status, body }: Answer) => [status, body?.code];

/** RFC 6749 §5.1 without the refresh token. */
const TOKEN_SET = ['access_token', 'expires_in', 'refresh_expires_in', 'scope', 'token_type'];

function expectGiven(answer: Answer): void {
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body as object).sort()).toEqual(TOKEN_SET);
  expect(answer.text).not.toContain('sumun_rt_');
  expect(cookieOf(answer)).toEqual({
    value: expect.stringMatching(/^sumun_rt_[A-Za-z0-9_-]{96}$/),
    maxAge: answer.body.refresh_expires_in,
    attributes: ATTRIBUTES,
  });
}

describe('whatever gives a token set puts the refresh token in the cookie, and not in the body', () => {
  it('signing in', async () => {
    const { email, password } = await aUser(app);
    expectGiven(await app.http.post('/auth/login', { email, password }));
  });

  it('refreshing, which reads it there', async () => {
    const { access, refresh: token } = await aBrowserSession(app);
    app.clock.advance(100);
    const answer = await refresh(cookies(token));
    expectGiven(answer);
    expect(cookieOf(answer)!.value).not.toBe(token);
    expect(claimsOf(answer.body.access_token as string).sid).toBe(claimsOf(access).sid);
  });

  it('changing the password', async () => {
    const { access } = await aBrowserSession(app);
    const json = { current_password: PASSWORD, new_password: 'a kettle of quieter weather' };
    const answer = await app.http.request('PUT', '/users/me/password', { json, token: access });
    expectGiven(answer);
    expectGiven(await refresh(cookies(cookieOf(answer)!.value)));
  });

  it('Max-Age counts to the end of the session, which no refresh moves', async () => {
    let { refresh: token } = await aBrowserSession(app);
    for (const days of [30, 30, 3]) {
      app.clock.advance(29 * 86_400);
      const answer = await refresh(cookies(token));
      expect(cookieOf(answer)).toMatchObject({ maxAge: days * 86_400 });
      token = cookieOf(answer)!.value;
    }
  });

  it('… and confirming the password leaves it as it is', async () => {
    const { access } = await aBrowserSession(app);
    const answer = await app.http.post('/auth/reauthenticate', { password: PASSWORD }, { token: access });
    expect([answer.status, cookieOf(answer)]).toEqual([200, undefined]);
  });

  it('a body of `{}` is as good as none', async () => {
    const { refresh: token } = await aBrowserSession(app);
    expectGiven(await refresh(cookies(token), {}));
  });

  it('beside cookies of others', async () => {
    const { refresh: token } = await aBrowserSession(app);
    const others = `a=b;${REFRESH_COOKIE}2=x; x${REFRESH_COOKIE}=y; ${REFRESH_COOKIE.toLowerCase()}=z`;
    expectGiven(await refresh(`${others} ; \t${cookies(token)}  ;c`));
  });
});

describe('a lost answer', () => {
  it('the old cookie again, within the grace, gets the very same successor, which lives', async () => {
    const { refresh: token } = await aBrowserSession(app);
    const lost = await refresh(cookies(token));
    app.clock.advance(30);
    const again = await refresh(cookies(token));
    expectGiven(again);
    expect(cookieOf(again)!.value).toBe(cookieOf(lost)!.value);
    expectGiven(await refresh(cookies(cookieOf(again)!.value)));
  });

  it('two tabs at once are given the same', async () => {
    const { refresh: token } = await aBrowserSession(app);
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(cookies(token))));
    expect(new Set(answers.map((answer) => cookieOf(answer)!.value)).size).toBe(1);
  });
});

describe('the cookie is cleared', () => {
  it('by signing out with it alone: the session has ended', async () => {
    const { access, refresh: token } = await aBrowserSession(app);
    const answer = await logout(cookies(token));
    expect([answer.status, cookieOf(answer)]).toEqual([204, CLEARED]);
    expect(await reach(app, access)).toBe('token_revoked');
    expect(codeOf(await refresh(cookies(token)))).toEqual([401, 'invalid_refresh_token']);
  });

  it('by signing out with an access token beside it: both sessions have ended', async () => {
    const one = await aBrowserSession(app);
    const other = await aBrowserSession(app, one.user);
    const answer = await logout(cookies(other.refresh), { token: one.access });
    expect([answer.status, cookieOf(answer)]).toEqual([204, CLEARED]);
    expect([await reach(app, one.access), await reach(app, other.access)]).toEqual([
      'token_revoked',
      'token_revoked',
    ]);
  });

  it('by signing out with an access token alone, or beside a cookie that is no good', async () => {
    for (const cookie of [undefined, cookies('x')]) {
      const { access } = await aBrowserSession(app);
      const answer = await logout(cookie, { token: access });
      expect([answer.status, cookieOf(answer)]).toEqual([204, CLEARED]);
    }
  });

  it('by signing out everywhere', async () => {
    const { access } = await aBrowserSession(app);
    const answer = await app.http.post('/auth/logout-all', undefined, { token: access });
    expect([answer.status, cookieOf(answer)]).toEqual([204, CLEARED]);
  });

  it('by a sign-out that is refused', async () => {
    const { refresh: token } = await aBrowserSession(app);
    await logout(cookies(token));
    for (const cookie of [cookies('x'), cookies(''), cookies(token)]) {
      const answer = await logout(cookie);
      expect(codeOf(answer)).toEqual([401, 'invalid_refresh_token']);
      expect(cookieOf(answer)).toEqual(CLEARED);
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
  });
});

describe('the cookie is left as it is', () => {
  it('by a refresh that is refused: another tab may have signed in since it was sent', async () => {
    const { refresh: token } = await aBrowserSession(app);
    await logout(cookies(token));
    for (const cookie of [cookies('x'), cookies(''), cookies(token)]) {
      const answer = await refresh(cookie);
      expect(codeOf(answer)).toEqual([401, 'invalid_refresh_token']);
      expect(cookieOf(answer)).toBeUndefined();
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
  });

  it('… of a reused token, too, whose session ends', async () => {
    const { access, refresh: token } = await aBrowserSession(app);
    await refresh(cookies(token));
    app.clock.advance(31);
    expect(cookieOf(await refresh(cookies(token)))).toBeUndefined();
    expect(await reach(app, access)).toBe('token_revoked');
  });

  it('by a refusal that says nothing of it: a limit, a wrong password', async () => {
    const strict = await startApp({
      env: { REFRESH_COOKIE: 'on', RATE_LIMITS: 'on', RATE_LIMIT_REFRESH_SESSION: '1/1m' },
    });
    const { user, refresh: token } = await aBrowserSession(strict);
    const headers = { ...JSON_TYPE, Cookie: cookies(token) };
    await strict.http.request('POST', '/auth/refresh', { headers });
    const limited = await strict.http.request('POST', '/auth/refresh', { headers });
    expect([...codeOf(limited), cookieOf(limited)]).toEqual([429, 'rate_limited', undefined]);
    const wrong = await strict.http.post('/auth/login', { email: user.email, password: 'x' }, { headers });
    expect([...codeOf(wrong), cookieOf(wrong)]).toEqual([401, 'invalid_credentials', undefined]);
  });

  it('where there is none: a page asks whether somebody is signed in, as often as it likes', async () => {
    const strict = await startApp({
      env: { REFRESH_COOKIE: 'on', RATE_LIMITS: 'on', RATE_LIMIT_REFRESH_REFUSED: '1/1m' },
    });
    for (let i = 0; i < 3; i++) {
      const answer = await strict.http.request('POST', '/auth/refresh', { headers: JSON_TYPE });
      expect([...codeOf(answer), cookieOf(answer)]).toEqual([401, 'invalid_refresh_token', undefined]);
      // RFC 6750 §3.1: no error code where no token was presented.
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect(codeOf(await logout())).toEqual([401, 'unauthenticated']);
  });
});

describe('token confusion: what is in the cookie is no access token, and no other route reads it', () => {
  it.each([
    ['GET', '/protected'],
    ['GET', '/users/me'],
    ['GET', '/auth/sessions'],
    ['POST', '/auth/logout-all'],
    ['POST', '/auth/reauthenticate'],
  ])('%s %s', async (method, path) => {
    const { access, refresh: token } = await aBrowserSession(app);
    for (const value of [token, access, `Bearer ${access}`]) {
      const headers = { ...JSON_TYPE, Cookie: `${cookies(value)}; access_token=${access}` };
      expect(codeOf(await app.http.request(method, path, { headers }))).toEqual([401, 'unauthenticated']);
    }
    expect(await reach(app, access)).toBe('alive');
  });

  it('an access token in the cookie refreshes nothing', async () => {
    const { access } = await aBrowserSession(app);
    expect(codeOf(await refresh(cookies(access)))).toEqual([401, 'invalid_refresh_token']);
  });
});

describe('a token in another spelling is none', () => {
  it.each([
    ['quoted', (token: string) => `"${token}"`],
    ['percent-encoded', (token: string) => token.replace('_', '%5F')],
    ['with a blank', (token: string) => `${token} x`],
    ['behind a non-breaking space', (token: string) => `\xa0${token}`],
    ['with a comma', (token: string) => `${token},${token}`],
    ['endless', (token: string) => token + 'A'.repeat(12_000)],
  ])('%s', async (_, respell) => {
    const { access, refresh: token } = await aBrowserSession(app);
    expect(codeOf(await refresh(cookies(respell(token))))).toEqual([401, 'invalid_refresh_token']);
    expect(await reach(app, access)).toBe('alive');
    expectGiven(await refresh(cookies(token)));
  });
});

describe('a registered client', () => {
  it('revokes it as before, by a form, and without a cookie', async () => {
    const { access, refresh: token } = await aBrowserSession(app);
    expect((await revoke(app, await aClient(app), token)).status).toBe(200);
    expect(await reach(app, access)).toBe('token_revoked');
    expect(codeOf(await refresh(cookies(token)))).toEqual([401, 'invalid_refresh_token']);
  });
});

describe('REFRESH_COOKIE=off', () => {
  it('no answer sets a cookie, and the token is in the body', async () => {
    const user = await aUser(off);
    const { email, password } = user;
    const answer = await off.http.post('/auth/login', { email, password });
    expect([typeof answer.body.refresh_token, cookieOf(answer)]).toEqual(['string', undefined]);
    const bad = await off.http.post('/auth/refresh', { refresh_token: 'x' });
    expect([bad.status, cookieOf(bad)]).toEqual([401, undefined]);
    for (const path of ['/auth/logout', '/auth/logout-all']) {
      const { access_token: token } = await signIn(off, user);
      const signedOut = await off.http.post(path, undefined, { token });
      expect([signedOut.status, cookieOf(signedOut)]).toEqual([204, undefined]);
    }
  });

  it('a cookie is not looked at', async () => {
    const { tokens } = await aSignedInUser(off);
    const headers = { Cookie: cookies(tokens.refresh_token) };
    const refreshed = await off.http.post('/auth/refresh', {}, { headers });
    expect([refreshed.status, refreshed.body.errors[0].code]).toEqual([400, 'required']);
    expect(codeOf(await off.http.post('/auth/logout', undefined, { headers }))).toEqual([
      401,
      'unauthenticated',
    ]);
    expect(await reach(off, tokens.access_token)).toBe('alive');
  });

  it('neither the origin nor the type of an empty body matters', async () => {
    const { tokens } = await aSignedInUser(off);
    const headers = { Origin: 'https://elsewhere.example' };
    const { refresh_token } = tokens;
    expect((await off.http.post('/auth/refresh', { refresh_token }, { headers })).status).toBe(200);
    const token = tokens.access_token;
    expect((await off.http.post('/auth/logout', undefined, { token, headers })).status).toBe(204);
  });
});

describe('the document of a service', () => {
  it.each([
    ['in cookies asks for no refresh token in bodies, and promises none', app, false],
    ['in bodies asks for one, and promises one', off, true],
  ])('whose refresh tokens travel %s', async (_, { http }, required) => {
    const { components } = (await http.get('/openapi.json')).body;
    for (const name of ['TokenSetDto', 'RefreshDto'])
      expect((components.schemas[name].required ?? []).includes('refresh_token')).toBe(required);
  });
});
