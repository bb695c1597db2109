import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { accessCatalogue } from '../../src/access/index.js';
import { resigned } from '../builders/access-tokens.js';
import { aSignedInUser } from '../builders/users.js';
import { startApp } from '../support/app.js';
import { openapi, type Operation } from '../support/documented-answers.js';

const app = await startApp();

const { entries } = app.nest.get(accessCatalogue.AccessCatalogue);

const good = (await aSignedInUser(app)).tokens.access_token;
const expired = resigned(app, good, { claims: { exp: app.clock.seconds() } });
const misdirected = resigned(app, good, { claims: { aud: 'https://elsewhere.example' } });

/** What the callers of a matrix present, and the refusal that each is due where a token is needed. */
const CALLERS: [string, string | undefined, string | undefined][] = [
  ['nobody', undefined, 'unauthenticated'],
  ['an expired token', expired, 'token_expired'],
  ['a token for another audience', misdirected, 'invalid_token'],
  ['a good token', good, undefined],
];

const REFUSALS = ['unauthenticated', 'invalid_token', 'token_expired', 'token_revoked', 'forbidden'];
const SECURITY: Record<string, object[]> = {
  public: [],
  optional: [{ bearer: [] }, {}],
  bearer: [{ bearer: [] }],
};

const operations = Object.entries(openapi['paths'] as Record<string, Record<string, Operation>>).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [
      method.toUpperCase(),
      path,
      operation,
    ]),
);

describe('access.lock', () => {
  it('is the catalogue: who may reach what, as it was last agreed', () => {
    const committed = readFileSync(new URL('../../access.lock', import.meta.url), 'utf8');
    expect(accessCatalogue.describeChanges(committed, accessCatalogue.renderLock(entries))).toEqual([]);
    expect(accessCatalogue.renderLock(entries)).toBe(committed);
  });

  it('the document describes every route in it, but for the files of the docs page', () => {
    const described = operations.map(([method, path]) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    const routes = entries.map(({ method, path }) => `${method} ${path}`);
    expect(described.concat('GET /docs/:asset').sort()).toEqual(routes.sort());
  });
});

describe.each(operations)('%s %s', (method, path, operation) => {
  const { credential } = operation['x-access'] as { credential: string };

  it('says in the document what the catalogue says', () => {
    const entry = entries.find(
      (one) => one.method === method && one.path === path.replace(/\{(\w+)\}/g, ':$1'),
    );
    expect(credential).toBe(entry?.rule.credential);
    expect(operation['security']).toEqual(SECURITY[credential]);
  });

  it.each(CALLERS)('is open or closed to %s as it says', async (_, token, refusal) => {
    // A body that no operation takes: what is reached refuses it, and changes nothing.
    const json = method === 'GET' ? undefined : { no_operation_has_this_field: 1 };
    const { status, body } = await app.http.request(method, path, { token, json });
    const refused = status === 401 || status === 403 ? (body.code as string) : undefined;
    if (credential === 'bearer') expect(refused).toBe(refusal);
    else expect(refused).toBeUndefined();
    if (refused === undefined) expect(status).toBe(json ? 400 : 200);
    else expect(REFUSALS).toContain(refused);
  });
});
