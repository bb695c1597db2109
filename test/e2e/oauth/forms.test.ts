import { describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { aClient, introspect, postForm, type Form } from '../../builders/clients.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const client = await aClient(app);
const PATHS = ['/oauth/introspect', '/oauth/revoke'];

/** RFC 6749 §5.2: all that may stand in a description. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

async function refusal(path: string, form: Form, headers: Record<string, string> = {}) {
  const answer = await postForm(app, path, form, client, headers);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(Object.keys(answer.body)).toEqual(['error', 'error_description']);
  expect(answer.body.error_description).toMatch(DESCRIPTION);
  return `${answer.status} ${answer.body.error}`;
}

describe.each(PATHS)('%s takes a form (RFC 6749 §3.2, appendix B)', (path) => {
  it.each([
    ['no token', 'token_type_hint=access_token'],
    ['an empty token, which counts as omitted', 'token='],
    ['no body', ''],
    ['a token given twice', 'token=a&token=b'],
    ['a token given twice, once empty', 'token=&token=b'],
    ['a token given twice, once by another spelling', 'token=a&t%6Fken=b'],
    ['a client_secret given twice', 'token=a&client_secret=b&client_secret=c'],
    ['an unknown parameter given twice', 'token=a&x=1&x=2'],
    ['a percent that encodes nothing', 'token=%'],
    ['what is no UTF-8 when decoded', 'token=%ff'],
  ])('%s is invalid_request', async (_, form) => {
    expect(await refusal(path, form)).toBe('400 invalid_request');
  });

  it('bytes that are no UTF-8 are invalid_request', async () => {
    const raw = Buffer.from([0x74, 0x3d, 0xff]);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const { status, body } = await app.http.request('POST', path, { raw, headers });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['application/json', '{"token":"x"}'],
    ['text/plain', 'token=x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/x-www-form-urlencoded; charset=utf-16', 'token=x'],
  ])('a body of %s is refused with 415', async (type, body) => {
    expect(await refusal(path, body, { 'Content-Type': type })).toBe('415 invalid_request');
  });

  it('takes the type in any case, with its charset', async () => {
    const headers = { 'Content-Type': 'Application/X-WWW-Form-URLencoded; charset=UTF-8' };
    expect((await postForm(app, path, 'token=x&&y', client, headers)).status).toBe(200);
  });

  it('a body above 64 KiB is refused with 413, parameters beyond number at once', async () => {
    expect(await refusal(path, `token=${'x'.repeat(64 * 1024)}`)).toBe('413 invalid_request');
    const crowd = Array.from({ length: 12_000 }, (_, n) => n.toString(36)).join('&');
    expect((await postForm(app, path, `${crowd}&token=x`, client)).status).toBe(200);
  });

  it('request smuggling: two Authorization headers are refused, in this form too', async () => {
    const twice = { Authorization: ['Basic YTpi', 'Basic YTpi'], 'Content-Type': 'application/json' };
    const { status, body } = await app.http.request('POST', path, { raw: 'token=x', headers: twice });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('prototype poisoning: __proto__ and constructor are parameters like others, and ignored', async () => {
    const form = 'token=x&__proto__=y&constructor=z&toString=q';
    expect((await postForm(app, path, form, client)).status).toBe(200);
  });
});

describe('forms stay at /oauth/*', () => {
  it('CSRF: a form is no body anywhere else', async () => {
    const form = { email: 'kim@example.com', password: 'x' };
    const { status, body } = await postForm(app, '/auth/login', form);
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('GET is no way to ask: a token does not belong into a log of addresses', async () => {
    for (const path of PATHS) expect((await app.http.get(`${path}?token=x`)).status).toBe(404);
  });

  it('a 4xx elsewhere keeps the form of RFC 9457', async () => {
    const { headers } = await app.http.get('/oauth/nothing');
    expect(headers['content-type']).toBe('application/problem+json');
    expect((await introspect(app, client, 'x')).status).toBe(200);
  });
});

it('a database that is away is 503 temporarily_unavailable with Retry-After', async () => {
  const away = await startApp();
  const known = await aClient(away);
  expect((await introspect(away, known, 'x')).status).toBe(200);
  await away.nest.get(Database).close();
  for (const path of PATHS) {
    const { status, body, headers } = await postForm(away, path, { token: 'x' }, known);
    expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
    expect(headers['retry-after']).toMatch(/^\d+$/);
  }
});
