import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { keyCommands } from '../../../src/keys/index.js';
import { headerOf, reach } from '../../builders/access-tokens.js';
import { command, LEAD_SECONDS, revoke, rotate, stages } from '../../builders/signing-keys.js';
import { aSignedInUser, signIn, type Tokens } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';

const [FIRST, SECOND, THIRD] = Array.from({ length: 3 }, () => randomBytes(32).toString('base64url')) as [
  string,
  string,
  string,
];

const rewrap = (app: TestApp) => command<keyCommands.Rewrapped>(app, 'keys:rewrap');

async function refreshed(app: TestApp, { refresh_token }: Tokens): Promise<Tokens> {
  const { status, body } = await app.http.post('/auth/refresh', { refresh_token });
  expect(status).toBe(200);
  return body as Tokens;
}

it('keys:rewrap: SECRET_KEY changes twice, each time with the one before taken away; nobody is logged out', async () => {
  let app = await startApp({ env: { SECRET_KEY: FIRST } });
  let { tokens } = await aSignedInUser(app);
  app.clock.advance(LEAD_SECONDS);
  // One key of each stage.
  await rotate(app);
  tokens = await refreshed(app, tokens);
  for (const [secret, previous] of [
    [SECOND, FIRST],
    [THIRD, SECOND],
  ] as const) {
    app = await app.restart({ env: { SECRET_KEY: secret, SECRET_KEY_PREVIOUS: previous } });
    expect(await reach(app, tokens.access_token)).toBe('alive');
    tokens = await refreshed(app, tokens);
    const { kids } = await rewrap(app);
    expect(kids).toHaveLength(3);
    expect((await rewrap(app)).kids).toEqual([]);
    app = await app.restart({ env: { SECRET_KEY: secret } });
    expect(await reach(app, tokens.access_token)).toBe('alive');
    tokens = await refreshed(app, tokens);
  }
  const told = await app.sql<{ details: string }>(
    `SELECT details FROM audit_events WHERE type = 'keys.rewrapped'`,
  );
  expect(told.map(({ details }) => JSON.parse(details).kids.length)).toEqual([3, 3]);
});

it('a stolen SECRET_KEY with a copy of the database, or a mass logout: no token of before is taken', async () => {
  let app = await startApp({ env: { SECRET_KEY: FIRST } });
  const user = await aSignedInUser(app);
  const { access_token: token, refresh_token } = user.tokens;
  const copied = (await stages(app))['next']!;
  app = await app.restart({ env: { SECRET_KEY: SECOND, SECRET_KEY_PREVIOUS: FIRST } });
  expect(await reach(app, token)).toBe('alive');
  await rewrap(app);
  // The next key first: it was in the copy, and must not sign.
  await revoke(app, copied[0]!);
  await revoke(app, (await stages(app))['current']![0]!);
  expect(await reach(app, token)).toBe('invalid_token');
  app = await app.restart({ env: { SECRET_KEY: SECOND } });
  expect(await reach(app, token)).toBe('invalid_token');
  const { status, body } = await app.http.post('/auth/refresh', { refresh_token });
  expect([status, body.code]).toEqual([401, 'invalid_refresh_token']);
  const { access_token } = await signIn(app, user);
  expect(headerOf(access_token).kid).not.toBe(copied[0]);
  expect(await reach(app, access_token)).toBe('alive');
});
