import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resigned } from '../../builders/access-tokens.js';
import { attacked, outcome, requestWith, sendBytes, type Attacked } from './attacked.js';

let target: Attacked;
beforeAll(async () => {
  target = await attacked();
});
afterAll(() => target.app.stop());

async function codeOf(headers: Record<string, string>, path = '/protected'): Promise<string> {
  const { status, body } = await target.app.http.get(path, { headers });
  return status === 200 ? 'accepted' : (body.code as string);
}
const sent = (authorization: string) => codeOf({ Authorization: authorization });

describe('the scheme (RFC 9110 §11.1: case-insensitive; RFC 6750 §2.1: 1*SP, then the token)', () => {
  it.each([
    'Bearer T',
    'bearer T',
    'BEARER T',
    'bEaReR T',
    'Bearer  T',
    'Bearer     T',
    'Bearer T ',
    ' Bearer T',
  ])('%j presents the token', async (text) => {
    expect(await sent(text.replace('T', target.genuine))).toBe('accepted');
  });

  it.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer    ',
    'bearer',
    'T',
    'Bearer\tT',
    'BearerT',
    'Bearer:T',
    'Bearer: T',
    'Bearer=T',
    'Bearer,T',
    'Bearer\u00a0T',
    'Bearers T',
    'xBearer T',
    '"Bearer" T',
    'Basic T',
    'Basic Og==',
    'Basic Bearer T',
    'DPoP T',
    'JWT T',
    'Token T',
    'token T',
    'MAC T',
    'Digest username="T"',
    'Negotiate T',
    'AWS4-HMAC-SHA256 T',
    'undefined',
    'null',
  ])('%j presents no bearer token: unauthenticated, without `error`', async (text) => {
    const headers = {
      Authorization: text === 'T' ? target.genuine : text.replace(/T$|(?<==")T/, target.genuine),
    };
    const answer = await target.app.http.get('/protected', { headers });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it.each<[string, (token: string) => string]>([
    ['Bearer T T', (t) => `Bearer ${t} ${t}`],
    ['Bearer T x', (t) => `Bearer ${t} x`],
    ['Bearer x T', (t) => `Bearer x ${t}`],
    ['Bearer a b', () => 'Bearer a b'],
    ['Bearer \\tT', (t) => `Bearer \t${t}`],
    ['Bearer Bearer T', (t) => `Bearer Bearer ${t}`],
    ['Bearer "T"', (t) => `Bearer "${t}"`],
    ['Bearer <T>', (t) => `Bearer <${t}>`],
    ['Bearer =T', (t) => `Bearer =${t}`],
    ['Bearer T, Bearer T', (t) => `Bearer ${t}, Bearer ${t}`],
    ['Bearer T,', (t) => `Bearer ${t},`],
    ['Bearer T, Basic Og==', (t) => `Bearer ${t}, Basic Og==`],
    ['Bearer ,T', (t) => `Bearer ,${t}`],
    ['Bearer T;realm=x', (t) => `Bearer ${t};realm=x`],
    ['Bearer token=T', (t) => `Bearer token=${t}`],
    ['Bearer access_token="T"', (t) => `Bearer access_token="${t}"`],
    ['Bearer null', () => 'Bearer null'],
    ['Bearer undefined', () => 'Bearer undefined'],
    ['Bearer [object Object]', () => 'Bearer [object Object]'],
  ])('%s presents something that is no token: invalid_token', async (_, make) => {
    const answer = await target.app.http.get('/protected', {
      headers: { Authorization: make(target.genuine) },
    });
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_token']);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });
});

describe('two Authorization headers: what stands in front may have looked at the other one', () => {
  it('refused by the form of the request: genuine, forged, the same twice, of another scheme, empty', async () => {
    const { genuine } = target;
    const other = resigned(target.app, genuine, { claims: { x: 1 } });
    expect([await outcome(target, genuine), await outcome(target, other)]).toEqual(['accepted', 'accepted']);
    for (const values of [
      [`Bearer ${genuine}`, `Bearer ${other}`],
      [`Bearer ${genuine}`, `Bearer ${genuine}`],
      [`Bearer ${genuine}`, 'Bearer forged'],
      ['Bearer forged', `Bearer ${genuine}`],
      [`Bearer ${genuine}`, 'Basic Og=='],
      ['Basic Og==', `Bearer ${genuine}`],
      [`Bearer ${genuine}`, ''],
      ['', `Bearer ${genuine}`],
    ]) {
      const lines = values.map((value, i) => `${i ? 'AUTHORIZATION' : 'Authorization'}: ${value}`);
      expect([values, await sendBytes(target, requestWith(...lines))]).toEqual([values, 400]);
    }
  });
});

describe('header lines that no client would send', () => {
  it.each<[string, (token: string) => string[], number[]]>([
    ['as it should be', (t) => [`Authorization: Bearer ${t}`], [200]],
    ['no blank behind the colon', (t) => [`Authorization:Bearer ${t}`], [200]],
    ['a blank before the colon (RFC 9112 §5.1)', (t) => [`Authorization : Bearer ${t}`], [400]],
    ['folded (RFC 9112 §5.2)', (t) => ['Authorization: Bearer', ` ${t}`], [400, 401]],
    ['NUL behind', (t) => [`Authorization: Bearer ${t}\0`], [400]],
    ['a bare line feed', (t) => [`X: y\nAuthorization: Bearer ${t}\0`], [400]],
    [
      'as a trailer of nothing',
      (t) => ['Trailer: Authorization', '', `Authorization: Bearer ${t}`],
      [400, 401],
    ],
    ['a name that looks alike', (t) => [`Authorizati\u00f6n: Bearer ${t}`], [400, 401]],
    ['an underscore', (t) => [`Authorization_: Bearer ${t}`, `HTTP_AUTHORIZATION: Bearer ${t}`], [401]],
  ])('%s', async (_, lines, statuses) => {
    expect(statuses).toContain(await sendBytes(target, requestWith(...lines(target.genuine))));
  });
});

describe('RFC 6750 §2: header only', () => {
  const names = [
    'access_token',
    'token',
    'authorization',
    'Authorization',
    'bearer',
    'jwt',
    'auth',
    'id_token',
  ];

  it.each(names)('a token in the query, as %s', async (name) => {
    const { genuine } = target;
    expect(await codeOf({}, `/protected?${name}=${genuine}`)).toBe('unauthenticated');
    expect(await codeOf({}, `/protected?${name}=Bearer%20${genuine}`)).toBe('unauthenticated');
  });

  it.each([...names, '__Secure-sumun_rt', '__Host-token', 'session'])('in a cookie, as %s', async (name) => {
    const { genuine } = target;
    expect(await codeOf({ Cookie: `${name}=${genuine}` })).toBe('unauthenticated');
    expect(await codeOf({ Cookie: `${name}=Bearer ${genuine}` })).toBe('unauthenticated');
  });

  it.each([
    'X-Access-Token',
    'X-Auth-Token',
    'X-Authorization',
    'X-Forwarded-Authorization',
    'X-Original-Authorization',
    'Proxy-Authorization',
    'WWW-Authenticate',
    'Authentication',
    'Token',
    'X-JWT-Assertion',
    'X-Amzn-Oidc-Data',
    'X-User-Id',
    'X-Remote-User',
    'DPoP',
  ])('in the header %s', async (name) => {
    expect(await codeOf({ [name]: `Bearer ${target.genuine}` })).toBe('unauthenticated');
    expect(await codeOf({ [name]: target.genuine })).toBe('unauthenticated');
  });

  it('in the body', async () => {
    const { genuine, app } = target;
    const json = { access_token: genuine, token: genuine, authorization: `Bearer ${genuine}`, name: 'x' };
    const patched = await app.http.patch('/users/me', json);
    expect([patched.status, patched.body.code]).toEqual([401, 'unauthenticated']);
    const out = await app.http.post('/auth/logout', { access_token: genuine });
    expect(out.status).toBe(400);
    expect(await outcome(target, genuine)).toBe('accepted');
  });

  it('in the fragment and in the address, as a user of Basic', async () => {
    const { genuine } = target;
    expect(await codeOf({ Referer: `https://app.example/#access_token=${genuine}` })).toBe('unauthenticated');
    const basic = Buffer.from(`Bearer:${genuine}`).toString('base64');
    expect(await sent(`Basic ${basic}`)).toBe('unauthenticated');
  });
});

describe('the other doors', () => {
  it('a forged token reads no user, changes none, and ends no session', async () => {
    const { app, genuine, header, payload } = target;
    const forged = `${header}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`;
    const answers = [
      await app.http.get('/users/me', { token: forged }),
      await app.http.patch('/users/me', { name: 'forged' }, { token: forged }),
      await app.http.post('/auth/logout', undefined, { token: forged }),
      await app.http.request('HEAD', '/protected', { token: forged }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(await outcome(target, genuine)).toBe('accepted');
    const { body } = await app.http.get('/users/me', { token: genuine });
    expect(body.name).toBeNull();
  });
});
