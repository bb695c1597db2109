import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RemovalService } from '../../../src/sessions/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { reach } from '../../builders/access-tokens.js';
import { aSignedInUser, aUser, signIn, type SignedInUser } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';
import { until } from '../../support/until.js';

const DAY = 24 * 3600;
/** Long ago by any clock: the database's cannot be stopped. */
const AGED = 3650;
const onServer = process.env['TEST_DATABASE_URL'] ? it : it.skip;

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const run = (node = app) => node.nest.get(Timers).runAll();
const counted = async (table: string) =>
  Number((await app.sql<{ count: string }>(`SELECT count(*) FROM ${table}`))[0]!.count);
const sessionOf = ({ id }: { id: string }) =>
  app.sql<{ id: string }>(`SELECT id FROM sessions WHERE user_id = '${id}'`);

/** As if every time in these sessions, and in their ids, had been so many days earlier. */
async function age(days: number, which = 'true'): Promise<void> {
  const columns = [
    'created_at',
    'last_used_at',
    'idle_expires_at',
    'expires_at',
    'tokens_expire_by',
    'ended_at',
  ];
  const earlier = columns.map((name) => `${name} = ${name} - interval '${days} days'`);
  const bits = `(extract(epoch FROM created_at) * 1000)::bigint - ${days * DAY * 1000}`;
  await app.sql(`UPDATE sessions SET ${earlier.join(', ')},
    id = (lpad(to_hex(${bits}), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid WHERE ${which}`);
}

const logout = ({ tokens }: SignedInUser) =>
  app.http.post('/auth/logout', undefined, { token: tokens.access_token });

describe('a session that is over', () => {
  it.each([
    ['ended', 'ended_at = created_at'],
    ['idle for too long', `idle_expires_at = created_at + interval '1 day'`],
    ['beyond its absolute expiry', `expires_at = created_at + interval '1 day'`],
  ])('%s: is removed, and others stay', async (_, over) => {
    const [gone, lives] = [await aSignedInUser(app), await aSignedInUser(app)];
    const far = `idle_expires_at = '2200-01-01', expires_at = '2200-01-01'`;
    await age(AGED);
    await app.sql(`UPDATE sessions SET ${far}`);
    await app.sql(`UPDATE sessions SET ${over} WHERE user_id = '${gone.id}'`);
    await run();
    expect(await sessionOf(gone)).toHaveLength(0);
    expect(await sessionOf(lives)).toHaveLength(1);
  });

  it('stays while the pair is familiar, ninety days from the login, and a day for clocks that differ', async () => {
    // The earlier of both clocks counts: one that a test moves has to be that.
    app.clock.advance(-1000 * DAY);
    const user = await aSignedInUser(app);
    await logout(user);
    app.clock.advance(91 * DAY);
    await run();
    expect(await sessionOf(user)).toHaveLength(1);
    app.clock.advance(1);
    await run();
    expect(await sessionOf(user)).toHaveLength(0);
  });

  it('stays while an access token of it may live', async () => {
    const user = await aSignedInUser(app);
    await logout(user);
    await age(AGED);
    await app.sql(`UPDATE sessions SET tokens_expire_by = '2200-01-01'`);
    await run();
    expect(await sessionOf(user)).toHaveLength(1);
  });

  it('replay: a refresh token of a removed one is refused, and nothing else happens', async () => {
    const user = await aSignedInUser(app);
    await logout(user);
    await age(AGED);
    await run();
    const tried = await app.http.post('/auth/refresh', { refresh_token: user.tokens.refresh_token });
    expect([tried.status, tried.body.code]).toEqual([401, 'invalid_refresh_token']);
    const out = await app.http.post('/auth/logout', { refresh_token: user.tokens.refresh_token });
    expect([out.status, out.body.code]).toEqual([401, 'invalid_refresh_token']);
    expect(await reach(app, user.tokens.access_token)).toBe('token_revoked');
  });

  it('is removed where others that live are older, however many they are', async () => {
    for (let n = 0; n < 5; n += 1) await aSignedInUser(app);
    // Within a millisecond ids are in any order.
    app.clock.advance(1);
    const over = await aSignedInUser(app);
    await age(AGED);
    await app.sql(`UPDATE sessions SET expires_at = '2200-01-01', idle_expires_at = '2200-01-01'`);
    await app.sql(`UPDATE sessions SET ended_at = created_at WHERE user_id = '${over.id}'`);
    const removal = app.nest.get(RemovalService);
    await removal.remove(2, 2);
    expect(await sessionOf(over)).toHaveLength(1);
    await removal.remove(2, 2);
    expect(await sessionOf(over)).toHaveLength(0);
    expect(await counted('sessions')).toBe(5);
  });

  it('which is ended after the run has gone past it is found by a later run', async () => {
    const first = await aSignedInUser(app);
    app.clock.advance(1);
    for (let n = 0; n < 2; n += 1) await aSignedInUser(app);
    await age(AGED);
    await app.sql(`UPDATE sessions SET expires_at = '2200-01-01', idle_expires_at = '2200-01-01'`);
    const removal = app.nest.get(RemovalService);
    await removal.remove(2, 1);
    await app.sql(`UPDATE sessions SET ended_at = created_at WHERE user_id = '${first.id}'`);
    for (let n = 0; n < 3; n += 1) await removal.remove(2, 1);
    expect(await sessionOf(first)).toHaveLength(0);
  });

  it('is removed in small batches, each a transaction of its own', async () => {
    const user = await aUser(app);
    for (let n = 0; n < 5; n += 1) await signIn(app, user);
    await app.sql('UPDATE sessions SET ended_at = created_at');
    await age(AGED);
    const removal = app.nest.get(RemovalService);
    await removal.remove(2, 1);
    expect(await counted('sessions')).toBe(3);
    await removal.remove(2, 1);
    expect(await counted('sessions')).toBe(1);
    expect(removal.removedSessions).toBe(4);
  });

  onServer('held by somebody: is passed over, by nobody waited for, and removed later', async () => {
    const [held, free] = [await aSignedInUser(app), await aSignedInUser(app)];
    await Promise.all([logout(held), logout(free)]);
    await age(AGED);
    let letGo = (): void => undefined;
    let holds = false;
    const holder = app.nest.get(Database).transaction(async (tx) => {
      await tx.execute(`SELECT FROM sessions WHERE user_id = '${held.id}' FOR UPDATE`);
      holds = true;
      await new Promise<void>((resolve) => (letGo = resolve));
    });
    expect(await until(() => holds)).toBe(true);
    await run();
    expect([(await sessionOf(held)).length, (await sessionOf(free)).length]).toEqual([1, 0]);
    letGo();
    await holder;
    await run();
    await run();
    expect(await sessionOf(held)).toHaveLength(0);
  });

  onServer('several nodes at once: each row is removed by one of them', async () => {
    const user = await aUser(app);
    for (let n = 0; n < 12; n += 1) await signIn(app, user);
    await app.sql('UPDATE sessions SET ended_at = created_at');
    await age(AGED);
    const node = await app.beside();
    const removals = [app, node].map(({ nest }) => nest.get(RemovalService));
    await Promise.all(removals.map((removal) => removal.remove(2)));
    await removals[0]!.remove();
    expect(await counted('sessions')).toBe(0);
    expect(removals.reduce((sum, { removedSessions }) => sum + removedSessions, 0)).toBe(12);
    await node.stop();
  });
});

describe('a revocation', () => {
  it('is removed a day after the last token that it revokes has expired, in batches; others stay', async () => {
    for (let n = 0; n < 4; n += 1) await logout(await aSignedInUser(app));
    const [kept] = await app.sql<{ id: string }>('SELECT max(id) AS id FROM revocations');
    await app.sql(`UPDATE revocations SET keep_until = '2015-01-01' WHERE id < ${kept!.id}`);
    const removal = app.nest.get(RemovalService);
    await removal.remove(1, 2);
    expect(await counted('revocations')).toBe(2);
    await removal.remove(1, 2);
    expect(await app.sql('SELECT id FROM revocations')).toEqual([kept]);
    expect(removal.removedRevocations).toBe(3);
  });

  it('is in memory still where it was removed, and the audit log keeps what happened', async () => {
    const user = await aSignedInUser(app);
    await logout(user);
    const written = await counted('audit_events');
    await app.sql(`UPDATE revocations SET keep_until = '2015-01-01'`);
    await run();
    expect(await counted('revocations')).toBe(0);
    expect(await reach(app, user.tokens.access_token)).toBe('token_revoked');
    expect(await counted('audit_events')).toBe(written);
  });
});

describe('a wrong clock', () => {
  /** Of the database's: by which everything is over, or nothing for a hundred years. */
  it.each([
    ['ahead', 20 * AGED, -10 * AGED, '2127-01-01'],
    ['behind', -20 * AGED, AGED, '2015-01-01'],
  ])('of a node, years %s, removes nothing', async (_, days, aged, keepUntil) => {
    const user = await aSignedInUser(app);
    await logout(user);
    await age(aged);
    await app.sql(`UPDATE revocations SET keep_until = '${keepUntil}'`);
    app.clock.advance(days * DAY);
    await run();
    expect(await sessionOf(user)).toHaveLength(1);
    expect(await counted('revocations')).toBe(1);
  });
});
