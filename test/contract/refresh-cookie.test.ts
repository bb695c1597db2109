import { afterAll, describe, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { openapi, type Operation } from '../support/documented-answers.js';

const app = await startApp({ env: { REFRESH_COOKIE: 'on' } });
afterAll(() => app.stop());

const COOKIE = '__Secure-sumun_rt';
const EVIL = 'https://evil.example.com';

/** Reached by the cookie and without an access token, and does nothing with either: it signs nobody in. */
const INDIFFERENT = ['POST /auth/register'];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const routes: Route[] = Object.entries(openapi['paths'] as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([verb, operation]) => ({ method: verb.toUpperCase(), path, operation })),
);
const reads = ({ operation }: Route) => {
  const parameters = (operation['parameters'] ?? []) as { name: string; in: string }[];
  return parameters.some((one) => one.in === 'cookie' && one.name === COOKIE);
};
/** A page of somebody else has no access token, and its browser adds none. */
const needsToken = ({ operation }: Route) => {
  const asked = (operation['security'] ?? []) as object[];
  return asked.length > 0 && asked.every((scheme) => Object.keys(scheme).length > 0);
};
/** `Path=/auth` of the cookie (RFC 6265bis §5.1.4). */
const isReached = ({ path }: Route) => path.startsWith('/auth/');
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

const exposed = routes.filter(
  (route) => reads(route) || (isReached(route) && !needsToken(route) && !INDIFFERENT.includes(nameOf(route))),
);

describe('cross-site request forgery: what reads the refresh cookie, or is reached by it without a token', () => {
  it('is known', () => {
    expect(exposed.map(nameOf).sort()).toEqual([
      'POST /auth/login',
      'POST /auth/logout',
      'POST /auth/refresh',
    ]);
  });

  it.each(exposed.map((route) => [nameOf(route), route] as const))(
    '%s refuses a form, and a page of somebody else',
    async (_, { method, path }) => {
      const send = (type: string, origin: string) =>
        app.http.request(method, path, {
          headers: { 'Content-Type': type, Origin: origin, Cookie: `${COOKIE}=x` },
          raw: type === 'text/plain' ? 'x' : '{}',
        });
      const form = await send('text/plain', EVIL);
      const page = await send('application/json', EVIL);
      expect([form.status, form.body.code]).toEqual([415, 'unsupported_media_type']);
      expect([page.status, page.body.code]).toEqual([403, 'forbidden']);
    },
  );
});
