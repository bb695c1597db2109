import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import type { Sending } from '../../support/http-client.js';

const app = await startApp();

const token = (await aSignedInUser(app)).tokens.access_token;
const JSON_TYPE = { 'Content-Type': 'application/json' };

async function outcome(method: string, path: string, sending: Sending = {}): Promise<string> {
  const { status, body } = await app.http.request(method, path, sending);
  return body?.code === undefined ? `${status}` : `${status} ${body.code}`;
}

/** JSON of so many levels, as the value of a field. */
const nested = (levels: number) => `{"name":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
/** A body of exactly so many bytes. */
const sized = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`;

describe('the order of refusals', () => {
  const everythingWrong = { raw: 'x'.repeat(70_000), headers: { 'Content-Type': 'text/plain' } };
  it.each<[string, string, string, Sending, string]>([
    ['404 before 413 and 415', 'POST', '/nowhere', everythingWrong, '404 not_found'],
    ['404 before 401', 'GET', '/users/me/nothing', {}, '404 not_found'],
    ['404 for another method of a known path', 'POST', '/protected', everythingWrong, '404 not_found'],
    ['413 before 415', 'PATCH', '/users/me', everythingWrong, '413 payload_too_large'],
    [
      '413 before 401',
      'PATCH',
      '/users/me',
      { raw: sized(65_537), headers: JSON_TYPE },
      '413 payload_too_large',
    ],
    [
      '415 before malformed',
      'PATCH',
      '/users/me',
      { raw: '{', headers: { 'Content-Type': 'text/plain' } },
      '415 unsupported_media_type',
    ],
    [
      '415 before 401',
      'PATCH',
      '/users/me',
      { raw: '{}', headers: { 'Content-Type': 'text/plain' } },
      '415 unsupported_media_type',
    ],
    ['malformed before 401', 'PATCH', '/users/me', { raw: '{', headers: JSON_TYPE }, '400 malformed_request'],
    ['401 before validation', 'PATCH', '/users/me', { json: { nothing: 1 } }, '401 unauthenticated'],
    [
      '415 also for a body that no route asks for',
      'DELETE',
      '/admin/users/x',
      { raw: 'x', headers: { 'Content-Type': 'text/plain' } },
      '415 unsupported_media_type',
    ],
    [
      '413 also for a body that no route asks for',
      'POST',
      '/admin/users/x/disable',
      everythingWrong,
      '413 payload_too_large',
    ],
    [
      'malformed also where no body is asked for',
      'DELETE',
      '/admin/users/x/sessions',
      { raw: '{', headers: JSON_TYPE },
      '400 malformed_request',
    ],
    ['validation last', 'PATCH', '/users/me', { json: { nothing: 1 }, token }, '400 validation_failed'],
  ])('%s', async (_, method, path, sending, expected) => {
    expect(await outcome(method, path, sending)).toBe(expected);
  });
});

describe('bodies', () => {
  const patch = (sending: Sending) => outcome('PATCH', '/users/me', { token, ...sending });

  it.each(['application/json', 'text/plain', 'application/xml', 'nonsense', 'multipart/form-data', ''])(
    'an empty one is none, whatever its type: %j',
    async (type) => expect(await patch({ raw: '', headers: { 'Content-Type': type } })).toBe('200'),
  );

  it.each([
    ['text/plain', '415 unsupported_media_type'],
    ['application/x-www-form-urlencoded', '415 unsupported_media_type'],
    ['application/json; charset=utf-16', '415 unsupported_media_type'],
    ['application/jsonp', '415 unsupported_media_type'],
    ['application/merge-patch+json', '415 unsupported_media_type'],
    ['nonsense', '415 unsupported_media_type'],
    ['text/plain; application/json', '415 unsupported_media_type'],
    ['text/plain, application/json', '415 unsupported_media_type'],
    ['application/json; charset=utf-8', '200'],
    ['APPLICATION/JSON; Charset="UTF-8"', '200'],
    ['application/json', '200'],
  ])('one of type %s is answered %s', async (type, expected) => {
    expect(await patch({ raw: '{}', headers: { 'Content-Type': type } })).toBe(expected);
  });

  it('one without a type is refused', async () => {
    expect(await patch({ raw: '{}' })).toBe('415 unsupported_media_type');
  });

  it('CSRF by form: two types, of which the second is JSON', async () => {
    const headers = { 'Content-Type': ['text/plain', 'application/json'] };
    expect(await patch({ raw: '{}', headers })).toBe('415 unsupported_media_type');
  });

  it('compressed ones are refused: no bomb is unpacked', async () => {
    for (const encoding of ['gzip', 'br', 'x-anything'])
      expect(await patch({ raw: '{}', headers: { ...JSON_TYPE, 'Content-Encoding': encoding } })).toBe(
        '415 unsupported_media_type',
      );
  });

  it('64 KiB are read, a byte more is not', async () => {
    expect(sized(65_536)).toHaveLength(65_536);
    expect(await patch({ raw: sized(65_536), headers: JSON_TYPE })).toBe('400 validation_failed');
    expect(await patch({ raw: sized(65_537), headers: JSON_TYPE })).toBe('413 payload_too_large');
  });

  it('32 levels are read, a level more is not', async () => {
    expect(await patch({ raw: nested(32), headers: JSON_TYPE })).toBe('400 validation_failed');
    expect(await patch({ raw: nested(33), headers: JSON_TYPE })).toBe('400 malformed_request');
    expect(await patch({ raw: nested(20_000), headers: JSON_TYPE })).toBe('400 malformed_request');
  });

  it.each([
    ['prototype pollution', '{"__proto__":{"admin":true}}'],
    ['… escaped', '{"\\u005f_proto__":{"admin":true}}'],
    ['… deeper', '{"name":{"a":[{"__proto__":{}}]}}'],
    ['no JSON', 'name=x'],
    ['two values', '{}{}'],
    ['a trailing comma', '{"name":"x",}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{"name":"x"}', 'utf16le')],
    ['NaN', '{"name":NaN}'],
    ['only a blank', ' '],
  ])('malformed_request: %s', async (_, raw) => {
    expect(await patch({ raw, headers: JSON_TYPE })).toBe('400 malformed_request');
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf'])(
    'the inherited name %s is an unknown field, not skipped in silence',
    async (field) => {
      const { status, body } = await app.http.patch('/users/me', { [field]: { prototype: {} } }, { token });
      expect([status, body.errors[0].field, body.errors[0].code]).toEqual([400, field, 'unknown_field']);
    },
  );
});

describe('paths are taken as they are spelt: no second spelling passes a proxy’s rule', () => {
  it.each([
    '//protected',
    '/protected/',
    '/protected//',
    '/Protected',
    '/PROTECTED',
    '/./protected',
    '/x/../protected',
    '/%2e/protected',
    '/x/%2e%2e/protected',
    '/%2Fprotected',
    '/protected;a=b',
    '/protected%20',
    '/protected%00',
    '/protected.json',
    '/protected%2F',
    '/',
    '/auth',
    '/auth/login/',
    '/.well-known/jwks.json/',
    '/api/protected',
  ])('%s is not there', async (path) => {
    expect(await outcome('GET', path, { token })).toBe('404 not_found');
  });

  it.each(['/%zz', '/protected%', '/%c0%ae%c0%ae/protected'])(
    '%s is refused as problem+json',
    async (path) => {
      expect(await outcome('GET', path, { token })).toMatch(/^40[04] /);
    },
  );

  it.each(['PUT', 'DELETE', 'POST', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    '%s /protected is not there, and nothing in the way is told',
    async (method) => expect(await outcome(method, '/protected', { token })).toBe('404 not_found'),
  );

  it.each(['X-HTTP-Method-Override', 'X-Method-Override'])('%s overrides nothing', async (name) => {
    expect(await outcome('POST', '/users/me', { token, json: {}, headers: { [name]: 'PATCH' } })).toBe(
      '404 not_found',
    );
  });
});

describe('queries', () => {
  it('of routes that take none are ignored', async () => {
    expect(await outcome('GET', '/protected?a=1&a=2&__proto__[x]=1', { token })).toBe('200');
    expect(await outcome('GET', '/protected?%zz', { token })).toBe('200');
  });

  it('are not repeated in problems: they may hold secrets', async () => {
    const { body, text } = await app.http.get('/protected?access_token=secret-in-the-query');
    expect(body.instance).toBe('/protected');
    expect(text).not.toContain('secret-in-the-query');
  });
});

describe('HEAD', () => {
  it.each([
    ['/protected', 401],
    ['/health/live', 200],
    ['/.well-known/jwks.json', 200],
    ['/docs', 200],
    ['/nowhere', 404],
  ])('%s answers as GET would, without a body', async (path, status) => {
    const [head, get] = [await app.http.request('HEAD', path), await app.http.get(path)];
    expect([head.status, get.status, head.text]).toEqual([status, status, '']);
    const comparable = ({ headers }: typeof head) => ({ ...headers, date: '', 'x-request-id': '' });
    expect(comparable(head)).toEqual(comparable(get));
  });

  it('needs the token that its GET needs', async () => {
    expect((await app.http.request('HEAD', '/protected', { token })).status).toBe(200);
    expect((await app.http.request('HEAD', '/users/me')).status).toBe(401);
  });
});

describe('X-Request-Id', () => {
  const idFor = async (given: string) =>
    (await app.http.get('/protected', { headers: { 'X-Request-Id': given } })).headers['x-request-id'];

  it.each(['a', 'A-1._z', 'x'.repeat(64)])('is taken in: %s', async (id) => expect(await idFor(id)).toBe(id));

  it.each(['', 'x'.repeat(65), 'a b', 'a,b', '<script>', 'a;b', 'ä', '{"a":1}'])(
    'log forging: %j is not taken in',
    async (id) => {
      const given = await idFor(id);
      expect(given).not.toBe(id);
      expect(given).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is another for each request', async () => {
    const answers = await Promise.all([app.http.get('/protected'), app.http.get('/protected')]);
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(2);
  });
});

describe('languages', () => {
  it.each([
    ['ko', 'ko'],
    ['en;q=0.5, ko;q=0.6', 'ko'],
    ['ko;q=0, en', 'en'],
    ['*', 'en'],
    ['de, fr', 'en'],
    ['KO-kr', 'ko'],
    [';;;,,,q=', 'en'],
    ['__proto__', 'en'],
    ['', 'en'],
  ])('%j is answered in %s', async (asked, spoken) => {
    const { headers } = await app.http.get('/protected', { headers: { 'Accept-Language': asked } });
    expect(headers['content-language']).toBe(spoken);
  });
});

describe('what the parser refuses by itself', () => {
  it.each([
    ['request smuggling: two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'request smuggling: a length and chunks',
      'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s closes the connection with 400', async (_, rest) => {
    const { hostname, port } = new URL(app.http.origin);
    const socket = connect(Number(port), hostname);
    socket.write(`POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('secrets in answers', () => {
  it('a refused registration repeats no password', async () => {
    const { text } = await app.http.post('/auth/register', { email: 'no address', password: PASSWORD, x: 1 });
    expect(text).not.toContain(PASSWORD);
  });
});
