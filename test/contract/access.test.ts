import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { accessCatalogue, AccessModule } from '../../src/access/index.js';
import { resigned } from '../builders/access-tokens.js';
import { anAdmin, aRole, setRoles } from '../builders/administration.js';
import { aClient, basic } from '../builders/clients.js';
import { aSignedInUser, signIn } from '../builders/users.js';
import type { Answer } from '../support/answer.js';
import { startApp } from '../support/app.js';
import { openapi, type Operation } from '../support/documented-answers.js';

const app = await startApp();

const { entries } = app.nest.get(accessCatalogue.AccessCatalogue);

const admin = await anAdmin(app);

/** One who holds all that can be held, signed in a moment ago. */
async function aHolder(): Promise<string> {
  return (await anAdmin(app)).tokens.access_token;
}

const holder = await aHolder();
const NOBODYS_ID = '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11';
const CALLERS: Record<string, (token: string) => string | undefined> = {
  nobody: () => undefined,
  'an expired token': (token) => resigned(app, token, { claims: { exp: app.clock.seconds() } }),
  'a token for another audience': (token) =>
    resigned(app, token, { claims: { aud: 'https://elsewhere.example' } }),
  'a token without roles and permissions': (token) =>
    resigned(app, token, { claims: { roles: [], scope: '' } }),
  // The roles grant all, and the token was issued with less.
  'a token without permissions': (token) => resigned(app, token, { claims: { scope: '' } }),
  // The token names all, and no role grants it any more.
  'a token whose roles grant nothing': (token) => resigned(app, token, { claims: { roles: [] } }),
  'a sign-in of long ago': (token) => resigned(app, token, { claims: { auth_time: 1 } }),
};

interface Asked {
  readonly credential: string;
  readonly roles?: string[][];
  readonly permissions?: string[];
  readonly step_up?: { max_age?: number; acr?: string };
  readonly policies?: string[];
}

async function aNoteOf(token: string): Promise<string> {
  const { status, text, body } = await app.http.post('/notes', { title: 'mine' }, { token });
  if (status !== 201) throw new Error(`The note was not made: ${text}`);
  return body.id as string;
}

/** What each policy lets a caller through to: the id of something of the caller's own. */
const OWN: Record<string, (token: string) => Promise<string>> = { OwnerOrAdmin: aNoteOf };

/** What the path names: nothing that there is, but for an operation that has a policy. */
async function idFor({ policies = [] }: Asked, token: string): Promise<string> {
  const [policy] = policies;
  if (policy === undefined) return NOBODYS_ID;
  if (!OWN[policy]) throw new Error(`Say in OWN what ${policy} lets a caller through to.`);
  return OWN[policy](token);
}

/** One who holds what the document asks for, and nothing else; `id` is what the path names. */
async function whoHoldsJust(asked: Asked): Promise<{ token: string; id: string }> {
  const user = await aSignedInUser(app);
  const id = await idFor(asked, user.tokens.access_token);
  const granting = asked.permissions ? [await aRole(app, admin, asked.permissions)] : [];
  const named = (asked.roles ?? []).map(([first]) => first!);
  await setRoles(app, admin, user.id, [...new Set([...granting, ...named])]);
  return { token: (await signIn(app, user)).access_token, id };
}

/** The code that an operation owes a caller, by what the document says of it; undefined where it is reached. */
function due({ credential, roles, permissions, step_up }: Asked, caller: string): string | undefined {
  // No user's token is a client's credentials.
  if (credential === 'client') return 'invalid_client';
  if (credential !== 'bearer') return undefined;
  if (caller === 'nobody') return 'unauthenticated';
  if (caller === 'an expired token') return 'token_expired';
  if (caller === 'a token for another audience') return 'invalid_token';
  if (caller === 'a sign-in of long ago') return step_up?.max_age ? 'step_up_required' : undefined;
  const lacksRole = roles && caller !== 'a token without permissions';
  return lacksRole || permissions ? 'forbidden' : undefined;
}

/** RFC 6750 §3.1, RFC 9470 §3: what stands in the challenge of each refusal, by what the document says. */
function challengeDue(
  code: string,
  { roles, permissions, step_up }: Asked,
  caller: string,
): string | undefined {
  if (code === 'invalid_client') return 'Basic realm="sumun", charset="UTF-8"';
  if (code === 'unauthenticated') return 'Bearer';
  if (code === 'forbidden') {
    const lacksRole = roles && caller !== 'a token without permissions';
    return lacksRole ? undefined : `Bearer error="insufficient_scope", scope="${permissions!.join(' ')}"`;
  }
  if (code !== 'step_up_required') return 'Bearer error="invalid_token"';
  const { max_age, acr } = step_up!;
  const asked = [...(max_age ? [`max_age="${max_age}"`] : []), ...(acr ? [`acr_values="${acr}"`] : [])];
  return ['Bearer error="insufficient_user_authentication"', ...asked].join(', ');
}

const SECURITY: Record<string, object[]> = {
  public: [],
  optional: [{ bearer: [] }, {}],
  bearer: [{ bearer: [] }],
  client: [{ client: [] }],
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

describe('a guarded request', () => {
  it('looks up no metadata by reflection', async () => {
    const lookUps = ['getMetadata', 'getOwnMetadata', 'hasMetadata', 'hasOwnMetadata'] as const;
    const spies = lookUps.map((name) => jest.spyOn(Reflect, name));
    const { status } = await app.http.request('GET', '/protected', { token: holder });
    const count = () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    expect([status, count()]).toEqual([200, 0]);
    // What is counted is what the start does look up.
    app.nest.get(AccessModule).onApplicationBootstrap();
    expect(count()).toBeGreaterThan(0);
    spies.forEach((spy) => spy.mockRestore());
  });
});

describe.each(operations)('%s %s', (method, path, operation) => {
  const asked = operation['x-access'] as Asked;

  function call(authorization: string | undefined, id: string): Promise<Answer> {
    // A body that no operation takes: what is reached refuses it, or finds nobody, and changes nothing.
    const form = asked.credential === 'client';
    const raw = form ? 'no_operation_has_this_field=1' : '{"no_operation_has_this_field":1}';
    const headers = {
      ...(authorization !== undefined && { Authorization: authorization }),
      'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    };
    const sending = method === 'GET' ? { headers } : { headers, raw };
    return app.http.request(method, path.replace(/\{\w+\}/g, id), sending);
  }

  /** Where no body is there to be refused, the call does what it is for: it may sign its caller out. */
  const spends = method !== 'GET' && operation['requestBody'] === undefined;

  it('says in the document what the catalogue says', () => {
    const entry = entries.find(
      (one) => one.method === method && one.path === path.replace(/\{(\w+)\}/g, ':$1'),
    );
    const { credential, requirements } = entry!.rule;
    expect(asked).toEqual({
      credential,
      ...(requirements?.roles.length && { roles: requirements.roles }),
      ...(requirements?.permissions.length && { permissions: requirements.permissions }),
      ...(requirements?.stepUp && {
        step_up: JSON.parse(
          JSON.stringify({ max_age: requirements.stepUp.maxAge, acr: requirements.stepUp.acr }),
        ),
      }),
      ...(requirements?.policies.length && { policies: requirements.policies.map(({ name }) => name) }),
    });
    expect(operation['security']).toEqual(SECURITY[asked.credential]);
  });

  it.each(Object.keys(CALLERS))('answers %s as it says', async (caller) => {
    const genuine = spends ? await aHolder() : holder;
    const token = CALLERS[caller]!(genuine);
    const { status, body, headers } = await call(token && `Bearer ${token}`, await idFor(asked, genuine));
    const refused = [401, 403].includes(status) ? ((body.code ?? body.error) as string) : undefined;
    const expected = due(asked, caller);
    expect(refused).toBe(expected);
    if (expected === undefined) expect([200, 201, 204, 400, 404, 409]).toContain(status);
    else expect(headers['www-authenticate']).toBe(challengeDue(expected, asked, caller));
  });

  it('lets through who holds what it says, and nothing else', async () => {
    const { token, id } = await whoHoldsJust(asked);
    const { status } = await call(
      asked.credential === 'client' ? basic(await aClient(app)) : `Bearer ${token}`,
      id,
    );
    // Of something that is the caller's own, not_found is the refusal of a policy that conceals.
    const reached = [200, 201, 204, 400, 409, ...(asked.policies ? [] : [404])];
    expect(reached).toContain(status);
  });
});
