import { afterAll, describe, expect, it } from '@jest/globals';
import { accessCatalogue } from '../../../src/access/index.js';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp();
afterAll(() => app.stop());

const { access_token: token } = (await aSignedInUser(app)).tokens;
const { host } = new URL(app.http.origin);

const closed = app.nest
  .get(accessCatalogue.AccessCatalogue)
  .entries.filter(({ rule }) => rule.credential === 'bearer')
  .map(({ method, path }): [string, string] => [method, path.replace(/:\w+/g, 'x')]);

/** The status of a request whose target goes out byte by byte as given. */
async function statusOf(method: string, target: string, headers = ''): Promise<number> {
  const connection = new RawConnection(app.http.origin);
  const bytes = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`;
  connection.send(Buffer.from(bytes, 'latin1'));
  await connection.hungUp();
  expect(connection.statuses).toHaveLength(1);
  return connection.statuses[0]!;
}

const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const parent = (path: string) => path.slice(0, path.lastIndexOf('/'));
const hex = (character: string, digits = (n: number) => n.toString(16)) =>
  `%${digits(character.charCodeAt(0))}`;
const capitals = (path: string) => `${parent(path)}/${last(path)[0]!.toUpperCase()}${last(path).slice(1)}`;

/** Spellings by which a guard on paths has been passed somewhere, by the name of the trick. */
const TRICKS: [string, (path: string) => string][] = [
  ['as it is', (path) => path],
  ['two slashes', (path) => `/${path}`],
  ['three slashes', (path) => `//${path}`],
  ['two slashes within', (path) => `${parent(path)}//${last(path)}`],
  ['a slash at the end', (path) => `${path}/`],
  ['an encoded slash at the end', (path) => `${path}%2f`],
  ['an encoded slash at the start', (path) => `/%2f${path.slice(1)}`],
  ['an encoded slash within', (path) => `${parent(path)}%2F${last(path)}`],
  ['a slash encoded twice', (path) => `${parent(path)}%252F${last(path)}`],
  ['a dot segment', (path) => `/.${path}`],
  ['a dot segment at the end', (path) => `${path}/.`],
  ['an encoded dot segment', (path) => `/%2e${path}`],
  ['two dots', (path) => `/x/..${path}`],
  ['two dots behind a public path', (path) => `/health/live/../..${path}`],
  ['two encoded dots', (path) => `/health/%2e%2e${path}`],
  ['two dots, half encoded', (path) => `/health/.%2E${path}`],
  ['dots and a parameter', (path) => `/health/..;${path}`],
  ['dots beyond the root', (path) => `/../..${path}`],
  ['a matrix parameter', (path) => `${path};x`],
  ['a matrix parameter of a session', (path) => `${path};jsessionid=1`],
  ['an encoded semicolon', (path) => `${path}%3bx`],
  ['a matrix parameter within', (path) => `/;x${path}`],
  ['a backslash', (path) => path.replaceAll('/', '\\')],
  ['a backslash after the slash', (path) => `/\\${path.slice(1)}`],
  ['an encoded backslash', (path) => `${parent(path)}%5c${last(path)}`],
  ['a capital', capitals],
  ['all capitals', (path) => path.toUpperCase()],
  ['an encoded letter', (path) => `${parent(path)}/${hex(last(path)[0]!)}${last(path).slice(1)}`],
  [
    'a letter encoded twice',
    (path) => `${parent(path)}/%25${hex(last(path)[0]!).slice(1)}${last(path).slice(1)}`,
  ],
  ['all letters encoded', (path) => path.replace(/[^/]/g, (one) => hex(one))],
  ['IIS’s encoding', (path) => path.replace(/[a-z]/, (one) => `%u00${one.charCodeAt(0).toString(16)}`)],
  ['NUL at the end', (path) => `${path}%00`],
  ['NUL and an extension', (path) => `${path}%00.json`],
  ['an extension', (path) => `${path}.json`],
  ['a line break', (path) => `${path}%0a`],
  ['CRLF injection', (path) => `${path}%0d%0aX-Injected:%201`],
  ['a space at the end', (path) => `${path}%20`],
  ['a tabulator', (path) => `${path}%09`],
  ['a plus', (path) => `${path}+`],
  ['an overlong slash', (path) => `/%c0%af${path.slice(1)}`],
  ['an overlong dot', (path) => `/%c0%ae${path}`],
  [
    'an overlong letter',
    (path) => path.replace(/[a-z]/, (one) => `%c1%${(one.charCodeAt(0) + 0x40).toString(16)}`),
  ],
  ['bytes that are no UTF-8', (path) => `${path}%ff`],
  ['raw bytes', (path) => `${path}\xff`],
  ['a full-width letter', (path) => `${parent(path)}/%ef%bd%90${last(path).slice(1)}`],
  ['a letter whose capital is ASCII', (path) => path.replace('s', '%c5%bf')],
  ['a percent sign alone', (path) => `${path}%`],
  ['a bad escape', (path) => `${path}%zz`],
  ['an empty query', (path) => `${path}?`],
  ['a query', (path) => `${path}?x=1`],
  ['a query of a public path', (path) => `${path}?/health/live`],
  ['an encoded question mark', (path) => `${path}%3f`],
  ['a question mark and no path', (path) => `?${path}`],
  ['a fragment', (path) => `${path}#/health/live`],
  ['an encoded fragment', (path) => `${path}%23`],
  ['the absolute form', (path) => `http://${host}${path}`],
  ['the absolute form of another host', (path) => `http://evil.example${path}`],
  ['the absolute form in capitals', (path) => `HTTP://${host}${path}`],
  ['the absolute form of https', (path) => `https://${host}${path}`],
  ['the absolute form of another scheme', (path) => `file://${path}`],
  ['the absolute form with a user', (path) => `http://a:b@${host}${path}`],
  ['a network path', (path) => `//${host}${path}`],
  ['no slash at the start', (path) => path.slice(1)],
  ['a star at the start', (path) => `*${path.slice(1)}`],
  ['a star', (path) => `*${path}`],
];

describe.each(closed)('%s %s', (method, path) => {
  it.each(TRICKS)('path trick: %s passes no guard', async (_, spelt) => {
    expect([400, 401, 404]).toContain(await statusOf(method, spelt(path)));
  });

  it('as it is wants a token', async () => expect(await statusOf(method, path)).toBe(401));

  it.each(['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path', 'X-Forwarded-Prefix', 'X-Forwarded-Uri'])(
    'rewriting by %s reaches nothing',
    async (name) => {
      expect(await statusOf(method, '/nowhere', `${name}: ${path}\r\n`)).toBe(404);
      expect(await statusOf(method, path, `${name}: /health/live\r\n`)).toBe(401);
    },
  );

  it.each(['HEAD', 'POST', 'get', 'GETX', 'M-SEARCH', 'TRACE', 'DELETE', 'CONNECT'])(
    'verb tampering: %s passes no guard',
    async (verb) => {
      const connection = new RawConnection(app.http.origin);
      connection.send(`${verb} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      await connection.hungUp();
      for (const status of connection.statuses) expect([400, 401, 404]).toContain(status);
    },
  );
});

describe('a public path, spelt with tricks', () => {
  it.each(TRICKS)('%s reaches nothing but itself', async (_, spelt) => {
    expect([200, 400, 404]).toContain(await statusOf('GET', spelt('/health/live')));
  });
});

it('the table is worth something: with a token the same spellings reach what they spell', async () => {
  const header = `Authorization: Bearer ${token}\r\n`;
  expect(closed).toContainEqual(['GET', '/protected']);
  for (const target of ['/protected', '/%70rotected', '/protected?', `http://${host}/protected`])
    expect(await statusOf('GET', target, header)).toBe(200);
  for (const target of ['//protected', '/protected/', '/Protected', '/protected;x', '*protected'])
    expect(await statusOf('GET', target, header)).toBe(404);
});
