import { afterAll, describe, expect, it } from '@jest/globals';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp();
afterAll(() => app.stop());

const { access_token: token } = (await aSignedInUser(app)).tokens;

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  // The issuer of the app under test is https.
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

describe('every answer', () => {
  it.each<[string, string, string, number, object]>([
    ['that succeeds', 'GET', '/protected', 200, { token }],
    ['without a body', 'POST', '/auth/logout', 401, {}],
    ['to HEAD', 'HEAD', '/protected', 401, {}],
    ['that refuses a token', 'GET', '/protected', 401, { token: 'x' }],
    ['that refuses a body', 'POST', '/auth/login', 400, { json: [] }],
    ['that refuses a type', 'POST', '/auth/login', 415, { raw: 'x' }],
    ['that refuses a size', 'POST', '/auth/login', 413, { raw: 'x'.repeat(70_000) }],
    ['where nothing is', 'GET', '/nowhere', 404, {}],
    ['where no method is', 'PUT', '/protected', 404, {}],
    ['to a target that is no path', 'OPTIONS', '*', 404, {}],
    ['to a path that does not decode', 'GET', '/%zz', 400, {}],
    ['to a parameter that is too long', 'GET', `/docs/${'x'.repeat(200)}`, 404, {}],
    ['of a health check', 'GET', '/health/live', 200, {}],
  ])('%s carries them', async (_, method, path, status, sending) => {
    const answer = await app.http.request(method, path, sending);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(ALWAYS);
    for (const name of ['server', 'x-powered-by']) expect(answer.headers[name]).toBeUndefined();
  });

  it.each([
    ['bad request', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', 400],
    ['too many bytes of headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  ])('of the parser, too: %s', async (_, bytes, status) => {
    const connection = new RawConnection(app.http.origin).send(bytes);
    await connection.hungUp();
    expect(connection.statuses).toEqual([status]);
    for (const [name, value] of Object.entries(ALWAYS))
      expect(connection.received).toMatch(new RegExp(`^${name}: ${value.replace(/[;=]/g, '.')}\r$`, 'im'));
    expect(connection.received).not.toMatch(/^(server|x-powered-by):/im);
  });
});

describe('the page of the document', () => {
  it('may show itself and nothing else; its refusals are those of the API', async () => {
    const { headers } = await app.http.get('/docs');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe-eval|\*|https?:/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    const refused = await app.http.get('/docs/nothing');
    expect(refused.headers).toMatchObject(ALWAYS);
  });
});

describe('what any origin may read', () => {
  it.each(['/.well-known/jwks.json', '/.well-known/oauth-authorization-server'])(
    '%s can be loaded by any page',
    async (path) => {
      const { headers } = await app.http.get(path);
      expect(headers).toMatchObject({ ...ALWAYS, 'cross-origin-resource-policy': 'cross-origin' });
    },
  );
});

describe('Strict-Transport-Security', () => {
  it('does not go out where the issuer is plain http', async () => {
    const plain = await startApp({ env: { ISSUER: 'http://localhost:3000' } });
    try {
      for (const path of ['/health/live', '/protected', '/%zz', '/nowhere']) {
        const { headers } = await plain.http.get(path);
        expect(headers['strict-transport-security']).toBeUndefined();
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    } finally {
      await plain.stop();
    }
  });
});
