import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headerOf, reach, reachesSoon } from '../../builders/access-tokens.js';
import { LEAD_SECONDS, published, revoke, rotate, stages, timersOf } from '../../builders/signing-keys.js';
import { aSignedInUser } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';
import { until } from '../../support/until.js';

// The embedded database has one node.
const onServer = process.env['TEST_DATABASE_URL'] ? describe : describe.skip;

const SECRET = 'a shared secret of more than 32 bytes';
const LIMIT_MS = 2_000;

const tokenOf = async (app: TestApp) => (await aSignedInUser(app)).tokens.access_token;
const algorithmOf = (token: string) => headerOf(token).alg;

/** Waits until a node says so, by itself. */
const soon = (node: TestApp, token: string, word: string) => reachesSoon(node, token, word, LIMIT_MS);

/** The new set, on a node that nobody told. */
async function heard(node: TestApp, kid: string): Promise<void> {
  const has = async () => (await published(node)).includes(kid);
  if (!(await until(has, LIMIT_MS))) throw new Error(`It has not heard of ${kid}.`);
}

onServer('signing keys of several nodes', () => {
  let app: TestApp;
  let node: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(async () => {
    await node.stop();
    await app.stop();
  });

  it('a stolen signing key: revoked on one node, refused on the other within two seconds, though remembered', async () => {
    node = await app.beside();
    const token = await tokenOf(app);
    expect(await reach(node, token)).toBe('alive');
    const { signs } = await revoke(app, headerOf(token).kid as string);
    expect(await reach(app, token)).toBe('invalid_token');
    await soon(node, token, 'invalid_token');
    const renewed = await tokenOf(node);
    expect(headerOf(renewed).kid).toBe(signs);
    expect(await reach(app, renewed)).toBe('alive');
  });

  it('without hints the read of each second tells of it', async () => {
    node = await app.beside();
    const token = await tokenOf(app);
    expect(await reach(node, token)).toBe('alive');
    await app.sql('ALTER TABLE signing_keys DISABLE TRIGGER signing_keys_hint');
    await revoke(app, headerOf(token).kid as string);
    await timersOf(node);
    expect(await reach(node, token)).toBe('invalid_token');
  });

  it('race: two nodes whose keys are due at the same moment rotate once', async () => {
    node = await app.beside();
    const before = await stages(app);
    app.clock.advance(90 * 86_400);
    await Promise.all([timersOf(app), timersOf(node)]);
    const after = await stages(app);
    expect(after).toEqual({
      current: before['next'],
      next: [expect.any(String)],
      retired: before['current'],
    });
    const [{ count }] = (await app.sql<{ count: string }>(
      `SELECT count(*) FROM audit_events WHERE type = 'keys.rotated'`,
    )) as [{ count: string }];
    expect(Number(count)).toBe(1);
    expect(await published(node)).toEqual(await published(app));
  });

  it('race: two operators rotate at once: one does, the other is told that it is too early', async () => {
    node = await app.beside();
    app.clock.advance(LEAD_SECONDS);
    const done = await Promise.allSettled([rotate(app), rotate(node)]);
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await stages(app))['retired']).toHaveLength(1);
  });

  it('JWT_ALGORITHM changes in a rolling restart, ES256 to RS256: no token is refused by any node', async () => {
    node = await app.beside({ env: { JWT_ALGORITHM: 'RS256' } });
    const tokens: string[] = [];
    const round = async () => {
      tokens.push(await tokenOf(app), await tokenOf(node));
      for (const token of tokens)
        for (const one of [app, node]) expect([token, await reach(one, token)]).toEqual([token, 'alive']);
      return tokens.slice(-2).map(algorithmOf);
    };
    expect(await round()).toEqual(['ES256', 'ES256']);
    app.clock.advance(LEAD_SECONDS);
    tokens.length = 0;
    expect(await round()).toEqual(['ES256', 'ES256']);
    await timersOf(node);
    await heard(app, (await stages(app, 'RS256'))['next']![0]!);
    expect(await round()).toEqual(['ES256', 'RS256']);
    expect(await published(app)).toEqual(await published(node));
    // When all are restarted, an operator ends it; a straggler signs with what is current.
    app.clock.advance(LEAD_SECONDS - 60);
    await timersOf(app);
    tokens.length = 0;
    expect(await round()).toEqual(['ES256', 'RS256']);
    app.clock.advance(60);
    const done = await rotate(node);
    await heard(app, done.next!);
    expect(await round()).toEqual(['RS256', 'RS256']);
    expect(await stages(app)).toEqual({ current: [], next: [], retired: [expect.any(String)] });
  });

  it('JWT_ALGORITHM changes to HS256: no token is refused where the secret was given beforehand as the previous', async () => {
    const informed = await app.restart({ env: { JWT_SECRET_PREVIOUS: SECRET } });
    app = informed;
    node = await app.beside({ env: { JWT_ALGORITHM: 'HS256', JWT_SECRET: SECRET } });
    const [old, fresh] = [await tokenOf(app), await tokenOf(node)];
    expect([old, fresh].map(algorithmOf)).toEqual(['ES256', 'HS256']);
    for (const one of [app, node])
      for (const token of [old, fresh]) expect(await reach(one, token)).toBe('alive');
    // Verifiers that fetch at the new node still find the key of what the old one signs.
    expect(await published(node)).toContain(headerOf(old).kid);
    await rotate(node);
    app.clock.advance(599);
    await timersOf(node);
    expect(await reach(node, old)).toBe('alive');
    app.clock.advance(62);
    await timersOf(node);
    expect(await published(node)).toEqual([]);
  });
});
