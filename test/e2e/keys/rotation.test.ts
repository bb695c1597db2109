import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headerOf, reach } from '../../builders/access-tokens.js';
import { LEAD_SECONDS, published, revoke, rotate, stages, timersOf } from '../../builders/signing-keys.js';
import { aSignedInUser, signIn } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';

const DAY = 86_400;

const kidOf = (token: string) => headerOf(token).kid as string;
const tokenOf = async (app: TestApp) => (await aSignedInUser(app)).tokens.access_token;

async function events(app: TestApp): Promise<[string, string, Record<string, unknown>][]> {
  const rows = await app.sql<{ type: string; via: string; details: string }>(
    `SELECT type, via, details FROM audit_events WHERE type LIKE 'keys.%' AND type <> 'keys.made' ORDER BY id`,
  );
  return rows.map(({ type, via, details }) => [type, via, JSON.parse(details)]);
}

describe('the rotation of signing keys', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.stop());

  it('publish → sign → retire → drop: the next signs, the current one verifies what it signed, then goes', async () => {
    const before = await stages(app);
    const old = await tokenOf(app);
    expect(kidOf(old)).toBe(before['current']![0]);
    app.clock.advance(LEAD_SECONDS);
    const late = await tokenOf(app);
    const done = await rotate(app);
    expect(done).toEqual({
      signs: before['next']![0],
      next: expect.any(String),
      retired: before['current'],
    });
    expect(await stages(app)).toEqual({ current: [done.signs], next: [done.next], retired: done.retired });
    expect((await published(app)).sort()).toEqual([done.signs, done.next, ...done.retired].sort());
    expect(kidOf(await tokenOf(app))).toBe(done.signs);
    expect(await reach(app, late)).toBe('alive');
    app.clock.advance(599);
    expect(await reach(app, late)).toBe('alive');
    await timersOf(app);
    expect((await stages(app))['retired']).toEqual(done.retired);
    app.clock.advance(62);
    await timersOf(app);
    expect((await stages(app))['retired']).toEqual([]);
    expect((await published(app)).sort()).toEqual([done.signs, done.next].sort());
    expect(await events(app)).toEqual([['keys.rotated', 'command_line', done]]);
  });

  it('a key that verifiers may not have yet does not sign: refused, saying from when on it can', async () => {
    const before = await stages(app);
    const [{ created_at: made }] = (await app.sql<{ created_at: string }>(
      `SELECT created_at FROM signing_keys WHERE stage = 'next'`,
    )) as [{ created_at: string }];
    app.clock.advance(599);
    await expect(rotate(app)).rejects.toMatchObject({ code: 'too_early' });
    await expect(rotate(app)).rejects.toThrow(
      `can sign from ${new Date(Date.parse(made) + 600_000).toISOString()} on`,
    );
    expect(await stages(app)).toEqual(before);
    app.clock.advance(1);
    await rotate(app);
    await expect(rotate(app)).rejects.toMatchObject({ code: 'too_early' });
  });

  it('a token of a longer ACCESS_TOKEN_TTL outlives its lowering, and so does its key', async () => {
    const longer = await app.restart({ env: { ACCESS_TOKEN_TTL: '2h' } });
    longer.clock.advance(LEAD_SECONDS);
    const token = await tokenOf(longer);
    app = await longer.restart({ env: { ACCESS_TOKEN_TTL: '5m' } });
    await rotate(app);
    app.clock.advance(7_199);
    await timersOf(app);
    expect(await reach(app, token)).toBe('alive');
    app.clock.advance(62);
    await timersOf(app);
    expect((await stages(app))['retired']).toEqual([]);
  });

  it('by schedule: after KEY_ROTATION and not before, once, and again', async () => {
    const before = await stages(app);
    app.clock.advance(90 * DAY - 1);
    await timersOf(app);
    expect(await stages(app)).toEqual(before);
    app.clock.advance(1);
    await timersOf(app);
    const once = await stages(app);
    expect([once['current'], once['retired']]).toEqual([before['next'], before['current']]);
    await timersOf(app);
    expect(await stages(app)).toEqual(once);
    app.clock.advance(90 * DAY);
    await timersOf(app);
    expect((await stages(app))['current']).toEqual(once['next']);
    expect((await events(app)).map(([type, via]) => [type, via])).toEqual([
      ['keys.rotated', 'service'],
      ['keys.rotated', 'service'],
    ]);
  });

  it('a restart in the middle signs with the same key, and verifies with the retired one', async () => {
    app.clock.advance(LEAD_SECONDS);
    const old = await tokenOf(app);
    const { signs } = await rotate(app);
    app = await app.restart();
    expect(await reach(app, old)).toBe('alive');
    expect(kidOf(await tokenOf(app))).toBe(signs);
  });
});

describe('a stolen signing key: keys:revoke', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.stop());

  it('the current one: what it signed is refused at once, remembered or not; the next signs, however new', async () => {
    const user = await aSignedInUser(app);
    const { access_token: token, refresh_token } = user.tokens;
    // Met before, so that the memory of verified tokens holds it.
    expect(await reach(app, token)).toBe('alive');
    const unmet = (await signIn(app, user)).access_token;
    const before = await stages(app);
    const kid = before['current']![0]!;
    const done = await revoke(app, kid);
    expect(done).toEqual({ kid, stage: 'current', signs: before['next']![0] });
    expect(await reach(app, token)).toBe('invalid_token');
    expect(await reach(app, unmet)).toBe('invalid_token');
    expect(await published(app)).not.toContain(kid);
    const after = await stages(app);
    expect(after).toEqual({ current: before['next'], next: [expect.any(String)], retired: [] });
    // Nobody is signed out.
    const { status, body } = await app.http.post('/auth/refresh', { refresh_token });
    expect([status, kidOf(body.access_token as string)]).toEqual([200, after['current']![0]]);
    expect(await reach(app, body.access_token as string)).toBe('alive');
    expect(await events(app)).toEqual([['keys.revoked', 'command_line', done]]);
  });

  it('the next one is replaced, and tokens go on; a retired one is dropped', async () => {
    const token = await tokenOf(app);
    const before = await stages(app);
    const done = await revoke(app, before['next']![0]!);
    expect(done).toMatchObject({ stage: 'next', signs: null });
    expect(await reach(app, token)).toBe('alive');
    expect(await published(app)).not.toContain(before['next']![0]);
    expect(await published(app)).toHaveLength(2);
    app.clock.advance(LEAD_SECONDS);
    const late = await tokenOf(app);
    await rotate(app);
    expect(await revoke(app, before['current']![0]!)).toMatchObject({ stage: 'retired', signs: null });
    expect(await reach(app, late)).toBe('invalid_token');
    expect((await stages(app))['retired']).toEqual([]);
  });

  it('a restart does not bring it back', async () => {
    const token = await tokenOf(app);
    await revoke(app, kidOf(token));
    app = await app.restart();
    expect(await reach(app, token)).toBe('invalid_token');
  });

  it.each(['unknown', '', '__proto__', "' OR true --"])('no key %j: nothing is changed', async (kid) => {
    const before = await stages(app);
    await expect(revoke(app, kid)).rejects.toMatchObject({ code: 'not_found' });
    expect(await stages(app)).toEqual(before);
  });
});
