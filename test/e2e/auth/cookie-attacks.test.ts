import { afterAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { claimsOf, reach } from '../../builders/access-tokens.js';
import { aBrowserSession, cookieOf, cookies } from '../../builders/refresh-cookies.js';
import { aUser, signIn } from '../../builders/users.js';
import { Log } from '../../../src/platform/logging/index.js';
import { ISSUER, startApp } from '../../support/app.js';
import type { Answer } from '../../support/answer.js';
import { RawConnection } from '../../support/raw-connection.js';

const ALLOWED = 'https://app.example.com';
const app = await startApp({ env: { REFRESH_COOKIE: 'on', CORS_ORIGINS: ALLOWED } });
afterAll(() => app.stop());

const JSON_TYPE = 'application/json';
const FORGEABLE = ['/auth/refresh', '/auth/logout'];

interface Sent {
  type?: string;
  origin?: string;
  cookie: string;
  raw?: string;
  token?: string;
}

const send = (path: string, { type, origin, cookie, raw, token }: Sent) =>
  app.http.request('POST', path, {
    ...(raw === undefined ? {} : { raw }),
    ...(token === undefined ? {} : { token }),
    headers: {
      Cookie: cookie,
      ...(type === undefined ? {} : { 'Content-Type': type }),
      ...(origin === undefined ? {} : { Origin: origin }),
    },
  });
const codeOf = ({ status, body }: Answer) => [status, body?.code];
const refresh = (cookie: string, origin?: string) =>
  send('/auth/refresh', { type: JSON_TYPE, cookie, ...(origin && { origin }) });
const subjectOf = ({ body }: Answer) => claimsOf(body.access_token as string).sub;

/** Nothing has happened: the session lives, its refresh token has not rotated, and the browser keeps the cookie. */
async function expectUntouched(
  { access, refresh: token }: { access: string; refresh: string },
  answer: Answer,
): Promise<void> {
  expect(cookieOf(answer)).toBeUndefined();
  expect(answer.text).not.toContain('access_token');
  expect(await reach(app, access)).toBe('alive');
  const [row] = await app.sql(`SELECT counter FROM sessions WHERE id = '${claimsOf(access).sid}'`);
  expect(row).toEqual({ counter: 0 });
  expect((await refresh(cookies(token))).status).toBe(200);
}

describe.each(FORGEABLE)('cross-site request forgery on %s', (path) => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'a=b'],
    ['a form that spells JSON', 'text/plain', '{"a":"="}'],
    ['a form with files', 'multipart/form-data; boundary=x', '--x--'],
    ['a form without fields', 'application/x-www-form-urlencoded', ''],
    ['a beacon without a type', undefined, ''],
    ['a list of types', 'text/plain, application/json', ''],
    ['a type that begins alike', 'application/json+x', ''],
    ['a type with JSON in a parameter', 'text/plain; application/json', ''],
    ['another charset', 'application/json; charset=utf-16', ''],
  ])('%s is no JSON, whatever its origin', async (_, type, raw) => {
    for (const origin of [undefined, ALLOWED]) {
      const session = await aBrowserSession(app);
      const answer = await send(path, {
        cookie: cookies(session.refresh),
        ...(type !== undefined && { type }),
        ...(origin !== undefined && { origin }),
        ...(raw !== '' && { raw }),
      });
      expect(codeOf(answer)).toEqual([415, 'unsupported_media_type']);
      await expectUntouched(session, answer);
    }
  });

  it.each([
    'https://evil.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://auth.test.example.evil.example',
    ISSUER.replace('https', 'http'),
    'null',
    '',
    '*',
    `${ALLOWED}, https://evil.example.com`,
    `https://evil.example.com, ${ALLOWED}`,
  ])('JSON of a page of %j is refused, and nothing happens', async (origin) => {
    const session = await aBrowserSession(app);
    const answer = await send(path, { type: JSON_TYPE, origin, cookie: cookies(session.refresh) });
    expect(codeOf(answer)).toEqual([403, 'forbidden']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    await expectUntouched(session, answer);
  });

  it('two Origin headers are no way around it', async () => {
    const session = await aBrowserSession(app);
    const connection = new RawConnection(app.http.origin).send(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nOrigin: ${ALLOWED}\r\nOrigin: https://evil.example.com\r\n` +
        `Content-Type: ${JSON_TYPE}\r\nCookie: ${cookies(session.refresh)}\r\nContent-Length: 0\r\n\r\n`,
    );
    expect((await connection.answers(1)).statuses).toEqual([403]);
    connection.close();
    expect(await reach(app, session.access)).toBe('alive');
  });

  it('the page of a stranger is refused before its body is judged, and after it was read', async () => {
    const session = await aBrowserSession(app);
    const from = { type: JSON_TYPE, origin: 'https://evil.example.com', cookie: cookies(session.refresh) };
    expect(codeOf(await send(path, { ...from, raw: '{"x":1}' }))).toEqual([403, 'forbidden']);
    expect(codeOf(await send(path, { ...from, raw: '{' }))).toEqual([400, 'malformed_request']);
  });

  it('an access token beside it changes nothing', async () => {
    const session = await aBrowserSession(app);
    const cookie = cookies(session.refresh);
    const answer = await send(path, { type: JSON_TYPE, origin: 'null', cookie, token: session.access });
    expect(codeOf(answer)).toEqual([403, 'forbidden']);
    await expectUntouched(session, answer);
  });

  it.each([
    ['of CORS_ORIGINS', ALLOWED],
    ['of the service itself', ISSUER],
    ['of none, as native clients and servers are', undefined],
  ])('a page %s is served', async (_, origin) => {
    const { refresh: token } = await aBrowserSession(app);
    const answer = await send(path, {
      type: `${JSON_TYPE}; charset=utf-8`,
      cookie: cookies(token),
      ...(origin && { origin }),
    });
    expect([200, 204]).toContain(answer.status);
  });
});

describe('a page of another origin', () => {
  const from = (origin: string, language: string) =>
    app.http.request('POST', '/auth/refresh', {
      headers: { 'Content-Type': JSON_TYPE, Origin: origin, 'Accept-Language': language },
    });

  it('is told in both languages where its origin has to be named', async () => {
    const [en, ko] = [await from('null', 'en'), await from('null', 'ko')];
    expect(en.body.detail).toBe(
      'Pages of this origin may not send this. The operator allows them by naming their origin in CORS_ORIGINS.',
    );
    expect(ko.body.detail).toBe(
      '이 오리진의 페이지는 이 요청을 보낼 수 없습니다. 운영자가 CORS_ORIGINS에 오리진을 추가하면 허용됩니다.',
    );
  });

  it('is warned of in the log: once an origin, a bounded number of them, none of them long', async () => {
    const other = await startApp({ env: { REFRESH_COOKIE: 'on', CORS_ORIGINS: ALLOWED } });
    const warn = jest.spyOn(other.nest.get(Log), 'warn').mockReturnValue();
    const ask = (origin: string) =>
      other.http.request('POST', '/auth/refresh', { headers: { 'Content-Type': JSON_TYPE, Origin: origin } });
    for (const origin of [ALLOWED, 'https://typo.example.com', 'https://typo.example.com']) await ask(origin);
    expect(warn.mock.calls).toEqual([
      [{ origin: 'https://typo.example.com' }, expect.stringMatching(/CORS_ORIGINS.*ISSUER/)],
    ]);
    for (let n = 0; n < 40; n++) await ask(`https://${n}.example.com${'x'.repeat(1000)}`);
    expect(warn.mock.calls).toHaveLength(32);
    expect(JSON.stringify(warn.mock.calls.at(-1)).length).toBeLessThan(600);
    await other.stop();
  });
});

describe('login CSRF: signing somebody in as the attacker', () => {
  it('a foreign page opens no session and sets no cookie', async () => {
    const { email, password } = await aUser(app);
    const credentials = JSON.stringify({ email, password });
    const from = (type: string, origin: string) =>
      send('/auth/login', { type, origin, cookie: '', raw: credentials });
    const refused = [
      [await from('text/plain', ALLOWED), [415, 'unsupported_media_type']],
      [await from('application/x-www-form-urlencoded', 'null'), [415, 'unsupported_media_type']],
      [await from(JSON_TYPE, 'https://evil.example.com'), [403, 'forbidden']],
      [await from(JSON_TYPE, 'null'), [403, 'forbidden']],
    ] as const;
    for (const [answer, code] of refused) {
      expect([codeOf(answer), cookieOf(answer)]).toEqual([code, undefined]);
    }
    expect(
      await app.sql(`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE u.email = '${email}'`),
    ).toEqual([]);
    expect((await from(JSON_TYPE, ALLOWED)).status).toBe(200);
  });

  it('by a token in the body: it is not taken from there, good or bad', async () => {
    const [attacker, victim] = [await aBrowserSession(app), await aBrowserSession(app)];
    for (const [path, cookie] of FORGEABLE.flatMap((path) => [
      [path, ''],
      [path, cookies(victim.refresh)],
    ]))
      for (const refresh_token of [attacker.refresh, 'x', '', null]) {
        const answer = await app.http.post(path!, { refresh_token }, { headers: { Cookie: cookie! } });
        expect(answer.status).toBe(400);
        if (typeof refresh_token === 'string')
          expect(answer.body.errors).toEqual([
            expect.objectContaining({ field: 'refresh_token', code: 'unknown_field' }),
          ]);
        expect(cookieOf(answer)).toBeUndefined();
      }
    expect([await reach(app, attacker.access), await reach(app, victim.access)]).toEqual(['alive', 'alive']);
  });
});

describe('cookie tossing: a host beside this one plants a cookie for the domain above both', () => {
  it('session fixation: beside the owner’s own it is refused, whichever comes first', async () => {
    const [attacker, victim] = [await aBrowserSession(app), await aBrowserSession(app)];
    for (const pair of [
      [attacker.refresh, victim.refresh],
      [victim.refresh, attacker.refresh],
      [victim.refresh, victim.refresh],
      [victim.refresh, ''],
      ['x', victim.refresh],
    ]) {
      const answer = await refresh(cookies(...pair), ALLOWED);
      expect(codeOf(answer)).toEqual([401, 'invalid_refresh_token']);
      // RFC 6750 §3.1: what was presented was refused.
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      // Cleared, the owner's would leave the planted one alone, and that one would be taken.
      expect(cookieOf(answer)).toBeUndefined();
    }
    await expectUntouched(victim, await refresh(cookies(attacker.refresh, victim.refresh)));
  });

  it('… in several headers, too', async () => {
    const [attacker, victim] = [await aBrowserSession(app), await aBrowserSession(app)];
    const connection = new RawConnection(app.http.origin).send(
      `POST /auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 0\r\n` +
        `Cookie: ${cookies(attacker.refresh)}\r\nCookie: ${cookies(victim.refresh)}\r\n\r\n`,
    );
    expect((await connection.answers(1)).statuses).toEqual([401]);
    connection.close();
  });

  it('alone it is taken once: the answer sets a second one, and two are refused', async () => {
    const attacker = await aBrowserSession(app);
    const taken = await refresh(cookies(attacker.refresh));
    expect(taken.status).toBe(200);
    const own = cookieOf(taken)!.value;
    // The attacker can learn the successor within the grace, and plant that.
    for (const planted of [attacker.refresh, own])
      expect(codeOf(await refresh(cookies(planted, own)))).toEqual([401, 'invalid_refresh_token']);
  });

  it('signing in adopts no session that was planted', async () => {
    const [attacker, { email, password, id }] = [await aBrowserSession(app), await aUser(app)];
    const headers = { Cookie: cookies(attacker.refresh) };
    const answer = await app.http.post('/auth/login', { email, password }, { headers });
    expect(subjectOf(answer)).toBe(id);
    expect(claimsOf(answer.body.access_token as string).sid).not.toBe(claimsOf(attacker.access).sid);
    expect(cookieOf(answer)!.value).not.toBe(attacker.refresh);
    expect(await reach(app, attacker.access)).toBe('alive');
  });

  it('signing out ends what every one of them opens: the owner’s session is not left behind', async () => {
    const [attacker, victim] = [await aBrowserSession(app), await aBrowserSession(app)];
    const answer = await send('/auth/logout', {
      type: JSON_TYPE,
      cookie: cookies(attacker.refresh, victim.refresh, 'x', victim.refresh, attacker.refresh),
    });
    expect([answer.status, cookieOf(answer)?.maxAge]).toEqual([204, 0]);
    expect([await reach(app, attacker.access), await reach(app, victim.access)]).toEqual([
      'token_revoked',
      'token_revoked',
    ]);
  });

  it('signing out of both ways at once, in either order, ends in no deadlock', async () => {
    const [one, other] = [await aBrowserSession(app), await aBrowserSession(app)];
    const orders = Array.from({ length: 10 }, (_, i) =>
      i % 2 ? [one.refresh, other.refresh] : [other.refresh, one.refresh],
    );
    const answers = await Promise.all(
      orders.map((order) => send('/auth/logout', { type: JSON_TYPE, cookie: cookies(...order) })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 401]));
  });
});

describe('a sign-out that presents much', () => {
  it('deadlock: access token and cookie of two sessions, crossed, by both at once', async () => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = [await aBrowserSession(app), await aBrowserSession(app)];
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => {
          const [bearer, cookie] = i % 2 ? [one, other] : [other, one];
          const headers = { 'Content-Type': JSON_TYPE, Cookie: cookies(cookie.refresh) };
          return app.http.request('POST', '/auth/logout', { token: bearer.access, headers });
        }),
      );
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 401]));
    }
  });

  it('flooding: many cookies of sessions that have ended cost one question', async () => {
    const { refresh: token } = await aBrowserSession(app);
    await send('/auth/logout', { type: JSON_TYPE, cookie: cookies(token) });
    const asked = jest.spyOn(pg.Client.prototype, 'query');
    const answer = await send('/auth/logout', {
      type: JSON_TYPE,
      cookie: cookies(...Array.from({ length: 100 }, () => token)),
    });
    expect(answer.status).toBe(401);
    const ofSessions = asked.mock.calls.filter((call) => JSON.stringify(call[0]).includes('sessions'));
    expect(ofSessions).toHaveLength(1);
    asked.mockRestore();
  });

  it('the living token beside an old one of its session signs out', async () => {
    const { access, refresh: old } = await aBrowserSession(app);
    const living = cookieOf(await refresh(cookies(old)))!.value;
    app.clock.advance(31);
    const answer = await send('/auth/logout', { type: JSON_TYPE, cookie: cookies(old, living) });
    expect(answer.status).toBe(204);
    expect(await reach(app, access)).toBe('token_revoked');
  });
});

describe('cross-site reading', () => {
  const preflight = (origin: string, of = app) =>
    of.http.request('OPTIONS', '/auth/refresh', {
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });

  it('a page of CORS_ORIGINS may send cookies and read the answer, refusals too', async () => {
    const { refresh: token } = await aBrowserSession(app);
    for (const answer of [
      await preflight(ALLOWED),
      await refresh(cookies(token), ALLOWED),
      await refresh('', ALLOWED),
      await send('/auth/refresh', { type: 'text/plain', cookie: '', origin: ALLOWED }),
    ])
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': ALLOWED,
        'access-control-allow-credentials': 'true',
        vary: expect.stringContaining('Origin'),
      });
  });

  it('no other page may, and never all of them', async () => {
    for (const origin of ['https://evil.example.com', 'null', '*', ISSUER]) {
      const asked = await preflight(origin);
      expect([asked.status, asked.headers['access-control-allow-credentials']]).toEqual([404, undefined]);
      const answer = await app.http.get('/protected', { headers: { Origin: origin } });
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
    for (const origin of ['https://evil.example.com', ALLOWED]) {
      const { headers } = await app.http.get('/.well-known/jwks.json', { headers: { Origin: origin } });
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it('without the cookie form no page sends cookies', async () => {
    const off = await startApp({ env: { CORS_ORIGINS: ALLOWED } });
    for (const answer of [
      await preflight(ALLOWED, off),
      await off.http.get('/protected', { headers: { Origin: ALLOWED } }),
    ]) {
      expect(answer.headers['access-control-allow-origin']).toBe(ALLOWED);
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });
});

describe('a change of REFRESH_COOKIE', () => {
  it('leaves every refresh token good', async () => {
    const before = await startApp();
    const user = await aUser(before);
    const { refresh_token } = await signIn(before, user);
    const after = await before.restart({ env: { REFRESH_COOKIE: 'on' } });
    const answer = await after.http.request('POST', '/auth/refresh', {
      headers: { 'Content-Type': JSON_TYPE, Cookie: cookies(refresh_token) },
    });
    expect([answer.status, subjectOf(answer)]).toEqual([200, user.id]);
  });
});
