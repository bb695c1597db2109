import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { keyCommands } from '../../../src/keys/index.js';
import { command, LEAD_SECONDS, reach, rotate } from '../../builders/signing-keys.js';
import { aSignedInUser, type Tokens } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';

const [FIRST, SECOND, THIRD] = Array.from({ length: 3 }, () => randomBytes(32).toString('base64url')) as [
  string,
  string,
  string,
];

const rewrap = (app: TestApp) => command<keyCommands.Rewrapped>(app, keyCommands.KEYS_REWRAP);

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
