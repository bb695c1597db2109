import { afterAll, expect, it } from '@jest/globals';
import { KeyRing } from '../../../src/keys/index.js';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
afterAll(() => app.stop());

/** Every row of every table, as text: binary columns stand in it in hexadecimal. */
async function dump(): Promise<string> {
  const tables = await app.sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = tables.map(({ name }) => app.sql<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`));
  return (await Promise.all(rows))
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

it('a stolen database dump holds no password, no token and no private key, in any of their encodings', async () => {
  const { email, tokens } = await aSignedInUser(app);
  const { body } = await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
  const dumped = await dump();
  expect(dumped).toContain(email);
  for (const token of [tokens.access_token, tokens.refresh_token, body.access_token, body.refresh_token]) {
    // What makes a token one: its last 32 bytes, the signature's half or the MAC.
    const proof = Buffer.from(String(token).split('.').at(-1)!.slice(-43), 'base64url');
    for (const form of [token, proof.toString('hex'), proof.toString('base64'), proof.toString('base64url')])
      expect(dumped).not.toContain(form);
  }
  const { signWith } = app.nest.get(KeyRing).current;
  const { d } = signWith.export({ format: 'jwk' }) as { d: string };
  for (const secret of [
    d,
    Buffer.from(d, 'base64url').toString('hex'),
    PASSWORD,
    Buffer.from(PASSWORD).toString('hex'),
  ])
    expect(dumped).not.toContain(secret);
});
