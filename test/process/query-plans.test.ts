import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationFeed, SessionsService } from '../../src/sessions/index.js';
import { Database } from '../../src/platform/database/index.js';
import { Timers } from '../../src/platform/timers/index.js';
import { anAdmin } from '../builders/administration.js';
import { aClient, introspect, revoke, type RegisteredClient } from '../builders/clients.js';
import { aSignedInUser, PASSWORD, signIn, type SignedInUser } from '../builders/users.js';
import { startApp, type TestApp } from '../support/app.js';
import { ServerDatabase } from './storage/storage-fixture.js';
import { fill, Statements } from './support/query-plans.js';
import { Stage } from './support/stage.js';

const server = await ServerDatabase.create();

/** The plans that PostgreSQL makes, on tables so large that it does not read them whole for want of rows. */
(server ? describe : describe.skip)('the plan of every statement on a hot path', () => {
  const stage = new Stage();
  let app: TestApp;
  let statements: Statements;
  let user: SignedInUser;
  let admin: SignedInUser;
  let client: RegisteredClient;

  beforeAll(async () => {
    const place = { dataDir: stage.folder(), databaseUrl: server!.url, remove: async () => undefined };
    app = await startApp({ at: place });
    admin = await anAdmin(app);
    client = await aClient(app);
    await fill(server!.url);
    statements = await Statements.of(server!.url);
  }, 120_000);

  afterAll(async () => {
    await statements?.stop();
    await app?.stop();
    await server?.drop();
    stage.remove();
  });

  const as = ({ tokens }: SignedInUser) => ({ token: tokens.access_token });
  const put = (path: string, json: object) => app.http.request('PUT', path, { json, ...as(user) });

  /** What the path sends, how often it scans a large table, and that it went well. */
  async function scansOf(path: () => Promise<unknown>): Promise<string[]> {
    user = await aSignedInUser(app);
    const answer = await statements.during(path);
    const status = (answer as { status?: number } | undefined)?.status ?? 200;
    expect(status).toBeLessThan(300);
    return statements.scans();
  }

  const get = (path: string) => app.http.get(path, as(admin));
  const id = '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11';

  it.each<[string, number, () => Promise<unknown>]>([
    ['login', 3, () => signIn(app, user)],
    ['refresh', 1, () => app.http.post('/auth/refresh', { refresh_token: user.tokens.refresh_token })],
    ['sign-out', 3, () => app.http.post('/auth/logout', undefined, as(user))],
    [
      'sign-out by the refresh token',
      3,
      () => app.http.post('/auth/logout', { refresh_token: user.tokens.refresh_token }),
    ],
    ['sign-out everywhere', 4, () => app.http.post('/auth/logout-all', undefined, as(user))],
    ['the list of sessions', 1, () => app.http.get('/auth/sessions', as(user))],
    [
      'the end of one',
      3,
      async () => {
        const [one] = (await app.http.get('/auth/sessions', as(user))).body.items as { id: string }[];
        return app.http.request('DELETE', `/auth/sessions/${one!.id}`, as(user));
      },
    ],
    [
      'proving oneself anew',
      3,
      () => app.http.post('/auth/reauthenticate', { password: PASSWORD }, as(user)),
    ],
    [
      'a changed password',
      6,
      () => put('/users/me/password', { current_password: PASSWORD, new_password: `${PASSWORD}!` }),
    ],
    ['introspection', 1, () => introspect(app, client, user.tokens.access_token)],
    ['introspection of a refresh token', 1, () => introspect(app, client, user.tokens.refresh_token)],
    ['revocation', 3, () => revoke(app, client, user.tokens.refresh_token)],
    ['all that timers do: feed, keys, sealing, removal', 8, () => app.nest.get(Timers).runAll()],
    ['all revocations, as a start reads them', 1, () => app.nest.get(RevocationFeed).readAll()],
    [
      'the question whether a pair is familiar',
      1,
      () =>
        app.nest.get(SessionsService).hasLoggedIn(app.nest.get(Database), user.email, '192.0.2.1', 7_776_000),
    ],
    ['the list of users', 1, () => get('/admin/users')],
    ['a search for users', 1, () => get('/admin/users?search=hopper')],
    ['a search for a name that no address can hold', 1, () => get('/admin/users?search=grace%20hopper')],
    ['a search for a whole address', 1, () => get(`/admin/users?search=${admin.email}`)],
    ['the list of disabled users', 1, () => get('/admin/users?disabled=true')],
    ['the list of admins', 2, () => get('/admin/users?role=admin')],
    [
      'the list of a page of users',
      1,
      async () => {
        const { next_cursor: cursor } = (await get('/admin/users')).body as { next_cursor: string };
        return get(`/admin/users?cursor=${cursor}`);
      },
    ],
    [
      'registration',
      3,
      () => app.http.post('/auth/register', { email: 'new@example.com', password: PASSWORD }),
    ],
    ['oneself', 1, () => app.http.get('/users/me', as(user))],
    ['a new note', 1, () => app.http.post('/notes', { title: 'One' }, as(user))],
    ['the list of notes', 1, () => app.http.get('/notes', as(user))],
    ['a user', 1, () => get(`/admin/users/${admin.id}`)],
    ['the audit log', 1, () => get('/admin/audit')],
    ['the audit log by type', 1, () => get('/admin/audit?type=audit.erased')],
    ['the audit log by actor', 1, () => get(`/admin/audit?actor=${id}`)],
    ['the audit log by subject', 1, () => get(`/admin/audit?subject=${id}`)],
    ['the audit log by address', 1, () => get('/admin/audit?subject=nobody@example.com')],
    ['the audit log from a time', 1, () => get('/admin/audit?from=2200-01-01T00:00:00Z')],
    ['the audit log up to a time', 1, () => get('/admin/audit?to=2001-01-01T00:00:00Z')],
  ])('%s: scans no large table', async (_, atLeast, path) => {
    expect(await scansOf(path)).toEqual([]);
    expect(statements.seen.length).toBeGreaterThanOrEqual(atLeast);
  });

  it.each([
    ['a column without an index', `SELECT id FROM users WHERE version = 77`],
    ['a join', `SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ip = 'x'`],
    ['an update', `UPDATE sessions SET ip = '' WHERE ip = 'x'`],
    [
      'a walk until enough is found, which may be never',
      'SELECT id FROM users WHERE version = 1 ORDER BY id LIMIT 1',
    ],
    ['a walk over a whole index, which is a scan by another name', 'SELECT id FROM audit_events ORDER BY id'],
  ])('finds a scan: %s', async (_, text) => {
    const scans = await scansOf(() => app.sql(text));
    expect(scans).toHaveLength(1);
    expect(scans[0]).toContain(text);
  });
});
