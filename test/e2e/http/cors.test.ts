import { afterAll, describe, expect, it } from '@jest/globals';
import { All, Controller, Module, Req } from '@nestjs/common';
import { AuthRequired } from '../../../src/access/index.js';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import type { Answer } from '../../support/answer.js';

const handled: string[] = [];

@Controller('every')
@AuthRequired()
class EveryController {
  @All()
  all(@Req() { method }: { method: string }): void {
    handled.push(method);
  }
}

@Module({ controllers: [EveryController] })
class EveryModule {}

const modules = [EveryModule];
const closed = await startApp({ modules });
const app = await startApp({
  modules,
  env: { CORS_ORIGINS: 'https://app.example.com,http://localhost:5173' },
});
afterAll(() => Promise.all([closed.stop(), app.stop()]));

const { access_token: token } = (await aSignedInUser(app)).tokens;

const ORIGIN = 'https://app.example.com';
const EXPOSED = 'WWW-Authenticate, Retry-After, X-Request-Id';
const STRANGERS = [
  'https://evil.example.com',
  'https://app.example.com.evil.example',
  'https://evil-app.example.com',
  'https://app.example.com:8443',
  'http://app.example.com',
  'https://APP.example.com',
  'https://app.example.com/',
  'https://app.example.com, https://evil.example.com',
  'null',
  '*',
  'https://auth.test',
];

const corsHeaders = ({ headers }: Answer) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));
const varies = ({ headers }: Answer) => (headers['vary'] ?? '').split(', ').includes('Origin');

function preflight(of: typeof app, path: string, origin: string, method = 'GET') {
  const headers = { Origin: origin, 'Access-Control-Request-Method': method };
  return of.http.request('OPTIONS', path, { headers });
}

describe('without configured origins', () => {
  it.each(['/protected', '/users/me', '/nowhere'])('%s tells no page anything', async (path) => {
    const answer = await closed.http.get(path, { headers: { Origin: ORIGIN } });
    expect(corsHeaders(answer)).toEqual([]);
    expect(varies(answer)).toBe(false);
  });

  it.each(['/protected', '/auth/login', '/nowhere', '*'])('OPTIONS %s is not found', async (path) => {
    for (const method of ['GET', 'POST']) {
      const answer = await preflight(closed, path, ORIGIN, method);
      expect([answer.status, answer.body.code, corsHeaders(answer)]).toEqual([404, 'not_found', []]);
    }
    expect((await closed.http.request('OPTIONS', path)).status).toBe(404);
  });
});

describe('an origin that is configured', () => {
  it.each([
    ['an answer', '/users/me', { token }, 200],
    ['a refused token, with its challenge', '/users/me', {}, 401],
    ['what is not there', '/nowhere', {}, 404],
  ])('may read %s', async (_, path, sending, status) => {
    for (const origin of [ORIGIN, 'http://localhost:5173']) {
      const answer = await app.http.get(path, { ...sending, headers: { Origin: origin } });
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': EXPOSED,
      });
      expect(varies(answer)).toBe(true);
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it('may read the refusal of a body', async () => {
    const answer = await app.http.post('/auth/login', [], { headers: { Origin: ORIGIN } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([400, ORIGIN]);
    expect(answer.headers['vary']?.split(', ').sort()).toEqual(['Accept-Language', 'Origin']);
  });

  it.each([
    ['GET', '/protected'],
    ['HEAD', '/protected'],
    ['PATCH', '/users/me'],
    ['POST', '/auth/login'],
    ['POST', '/auth/login?x=1'],
  ])('may ask before %s %s', async (method, path) => {
    const answer = await preflight(app, path, ORIGIN, method);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': method,
      'access-control-allow-headers': expect.stringMatching(/^Authorization, Content-Type, /),
      'access-control-max-age': '600',
    });
    expect(varies(answer)).toBe(true);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each([
    ['GET', '/nowhere'],
    ['DELETE', '/protected'],
    ['PUT', '/users/me'],
    ['GET', '/protected/'],
    ['GET', '//protected'],
    ['GET', '/Protected'],
    ['OPTIONS', '/protected'],
    ['get', '/protected'],
    ['*', '/protected'],
  ])('is not answered before %s %s, which is no route', async (method, path) => {
    expect((await preflight(app, path, ORIGIN, method)).status).toBe(404);
  });

  it('OPTIONS that is no preflight is not found', async () => {
    const origin = await app.http.request('OPTIONS', '/protected', { headers: { Origin: ORIGIN } });
    const method = await app.http.request('OPTIONS', '/protected', {
      headers: { 'Access-Control-Request-Method': 'GET' },
    });
    expect([origin.status, method.status]).toEqual([404, 404]);
  });

  it('a cache keeps answers by origin, also that to a request of no page', async () => {
    const answer = await app.http.get('/protected');
    expect(varies(answer)).toBe(true);
    expect(corsHeaders(answer)).toEqual([]);
  });
});

describe('a route that takes every method', () => {
  // Past the check of answers against the document, which has no operation of this method.
  const every = async (headers: Record<string, string>, of = app) => {
    const answer = await of.nest.inject({ method: 'OPTIONS', url: '/every', headers });
    return { status: answer.statusCode, headers: answer.headers };
  };
  const ASKING = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' };

  it('an origin that is configured is answered its preflight, which has no token', async () => {
    const answer = await every(ASKING);
    expect([answer.status, answer.headers['access-control-allow-methods']]).toEqual([204, 'POST']);
    expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN);
  });

  it('CORS as a way around the guard: any other OPTIONS needs a token', async () => {
    const others: Record<string, string>[] = [
      {},
      { Origin: ORIGIN },
      { 'Access-Control-Request-Method': 'POST' },
    ];
    const ofStrangers = STRANGERS.map((Origin) => ({ ...ASKING, Origin }));
    const unknown = { ...ASKING, 'Access-Control-Request-Method': 'BREW' };
    for (const headers of [...others, ...ofStrangers, unknown]) {
      const { status, headers: given } = await every(headers);
      expect([headers, status, given['access-control-allow-methods']]).toEqual([headers, 401, undefined]);
    }
    expect((await every(ASKING, closed)).status).toBe(401);
  });

  it('a handler is run by no preflight', async () => {
    handled.length = 0;
    await every({ ...ASKING, Authorization: `Bearer ${token}` });
    expect(handled).toEqual([]);
    await every({ Origin: ORIGIN, Authorization: `Bearer ${token}` });
    expect(handled).toEqual(['OPTIONS']);
  });
});

describe.each(STRANGERS)('cross-site reading: %s', (origin) => {
  it('is told nothing', async () => {
    for (const path of ['/users/me', '/nowhere', '/health/live']) {
      const answer = await app.http.get(path, { token, headers: { Origin: origin } });
      expect(corsHeaders(answer)).toEqual([]);
      expect(varies(answer)).toBe(true);
    }
    const asked = await preflight(app, '/users/me', origin);
    expect([asked.status, corsHeaders(asked), varies(asked)]).toEqual([404, [], true]);
  });
});

describe.each([
  ['closed', closed],
  ['open to some', app],
])('keys and discovery, in an app that is %s', (_, one) => {
  it.each(['/.well-known/jwks.json', '/.well-known/oauth-authorization-server'])(
    '%s is readable from any origin',
    async (path) => {
      for (const origin of [undefined, 'https://anyone.example', ORIGIN, 'null']) {
        const headers: Record<string, string> = origin === undefined ? {} : { Origin: origin };
        const answer = await one.http.get(path, { headers });
        expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
        expect(varies(answer)).toBe(false);
      }
      const asked = await preflight(one, path, 'https://anyone.example');
      expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, '*']);
      expect((await preflight(one, path, 'https://anyone.example', 'POST')).status).toBe(404);
    },
  );

  it('304 is readable too', async () => {
    const { headers } = await one.http.get('/.well-known/jwks.json');
    const answer = await one.http.get('/.well-known/jwks.json', {
      headers: { 'If-None-Match': headers.etag! },
    });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([304, '*']);
  });
});
