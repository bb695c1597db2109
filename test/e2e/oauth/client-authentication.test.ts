import { Controller, Module, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ClientRequired, CurrentClient, type AuthenticatedClient } from '../../../src/access/index.js';
import { aClient, basic, introspect, postForm, revoke } from '../../builders/clients.js';
import { aSignedInUser } from '../../builders/users.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { startApp } from '../../support/app.js';

@Controller('reports')
class ReportsController {
  @Post()
  @ClientRequired()
  make(@CurrentClient() { clientId: client_id }: AuthenticatedClient): object {
    return { client_id };
  }
}

@Module({ controllers: [ReportsController] })
class ReportsModule {}

const app = await startApp({ modules: [ReportsModule] });
const client = await aClient(app);
const { client_id, client_secret } = client;
const PATHS = ['/oauth/introspect', '/oauth/revoke'];

const base64 = (text: string) => Buffer.from(text).toString('base64');
/** The status and the error code of a question with that header and those parameters. */
async function asked(authorization: string | undefined, form: Record<string, string> = {}): Promise<string> {
  const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
  const answer = await postForm(app, '/oauth/introspect', { token: 'x', ...form }, undefined, headers);
  return `${answer.status} ${answer.body.error ?? 'let in'}`;
}
const INVALID = '401 invalid_client';
const LET_IN = '200 let in';

describe('client_secret_basic (RFC 6749 §2.3.1)', () => {
  it.each(['Basic', 'basic', 'BASIC', 'Basic  '])('the scheme is spelt in any case: %s', async (scheme) => {
    expect(await asked(`${scheme} ${base64(`${client_id}:${client_secret}`)}`)).toBe(LET_IN);
  });

  it('id and secret are decoded as in a form, and may be encoded in full', async () => {
    const encoded = [...client_secret].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');
    expect(await asked(`Basic ${base64(`${client_id}:${encoded}`)}`)).toBe(LET_IN);
    for (const broken of ['%', '%zz', '%ff', '%C0%80'])
      expect([broken, await asked(`Basic ${base64(`${client_id}:${broken}`)}`)]).toEqual([broken, INVALID]);
  });

  it.each([
    ['nothing', undefined],
    ['nothing behind the scheme', 'Basic'],
    ['no base64', 'Basic ä'],
    ['no colon', `Basic ${base64(client_id + client_secret)}`],
    ['no id', `Basic ${base64(`:${client_secret}`)}`],
    ['no secret', `Basic ${base64(`${client_id}:`)}`],
    ['id and secret exchanged', `Basic ${base64(`${client_secret}:${client_id}`)}`],
    ['the secret with a space behind it', `Basic ${base64(`${client_id}:${client_secret}+`)}`],
    ['the secret in another case', `Basic ${base64(`${client_id}:${client_secret.toLowerCase()}`)}`],
    ['its first half', `Basic ${base64(`${client_id}:${client_secret.slice(0, 20)}`)}`],
    ['another scheme', `Digest ${base64(`${client_id}:${client_secret}`)}`],
    ['a NUL in the id', `Basic ${base64(`${client_id}%00:${client_secret}`)}`],
    ['SQL as id', `Basic ${base64(`%27%20OR%201%3D1%20--:${client_secret}`)}`],
  ])('%s is invalid_client', async (_, authorization) => {
    expect(await asked(authorization)).toBe(INVALID);
  });

  it('an access token is no client: a user asks about nobody', async () => {
    const { tokens } = await aSignedInUser(app);
    expect(await asked(`Bearer ${tokens.access_token}`)).toBe(INVALID);
  });
});

describe('client_secret_post (RFC 6749 §2.3.1)', () => {
  it('takes id and secret from the form', async () => {
    expect(await asked(undefined, { client_id, client_secret })).toBe(LET_IN);
    for (const path of PATHS)
      expect((await postForm(app, path, { token: 'x', client_id, client_secret })).status).toBe(200);
  });

  it.each([
    ['no secret', { client_id }],
    ['an empty secret', { client_id, client_secret: '' }],
    ['no id', { client_secret }],
    ['a wrong secret', { client_id, client_secret: `${client_secret}x` }],
  ])('%s is invalid_client', async (_, form) => {
    expect(await asked(undefined, form)).toBe(INVALID);
  });

  it('§2.3.1: credentials in the query are none', async () => {
    const query = new URLSearchParams({ client_id, client_secret, token: 'x' }).toString();
    const { status, body } = await postForm(app, `/oauth/introspect?${query}`, { token: 'x' });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('RFC 6749 §2.3: one method a request', () => {
  it('both at once is invalid_request, also where both are right', async () => {
    expect(await asked(basic(client), { client_id, client_secret })).toBe('400 invalid_request');
    expect(await asked(basic(client), { client_secret })).toBe('400 invalid_request');
    expect(await asked('Bearer x', { client_id, client_secret })).toBe('400 invalid_request');
  });

  it('a client_id beside Basic names the same client, or is invalid_request', async () => {
    expect(await asked(basic(client), { client_id })).toBe(LET_IN);
    const other = await aClient(app);
    expect(await asked(basic(client), { client_id: other.client_id })).toBe('400 invalid_request');
  });
});

describe('a @ClientRequired() route of another module', () => {
  const ask = (headers: Record<string, string>, payload?: object) =>
    app.nest.inject({ method: 'POST', url: '/reports', headers, ...(payload && { payload }) });

  it('knows the client by Basic; what stands in JSON is no credentials', async () => {
    const known = await ask({ authorization: basic(client) }, { client_id: 'x' });
    expect([known.statusCode, known.json()]).toEqual([201, { client_id }]);
    for (const payload of [{ client_id, client_secret }, undefined]) {
      const refused = await ask({}, payload);
      expect([refused.statusCode, refused.json().code]).toEqual([401, 'invalid_client']);
    }
  });
});

describe('what a refusal tells', () => {
  it('enumeration: an unknown client and a wrong secret are answered to the letter alike', async () => {
    const wrong = await introspect(app, { client_id, client_secret: 'wrong' }, 'x');
    const unknown = await introspect(app, { client_id: 'unknown', client_secret }, 'x');
    const nobody = await introspect(app, { client_id: 'A'.repeat(client_id.length), client_secret }, 'x');
    for (const { status, text, headers } of [wrong, unknown, nobody]) {
      expect([status, text]).toEqual([401, wrong.text]);
      expect(headers['www-authenticate']).toBe('Basic realm="sumun", charset="UTF-8"');
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it("another client's secret opens nothing", async () => {
    const other = await aClient(app);
    expect(await asked(basic({ client_id, client_secret: other.client_secret }))).toBe(INVALID);
  });

  it('a client is known by its credentials before anything is said of its token', async () => {
    const { status, body } = await postForm(app, '/oauth/revoke', {});
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('a deleted client is nobody from the next request on', async () => {
    const gone = await aClient(app);
    expect((await revoke(app, gone, 'x')).status).toBe(200);
    await app.nest.get(ControlCommands).run('clients:delete', { id: gone.client_id });
    expect((await revoke(app, gone, 'x')).body.error).toBe('invalid_client');
  });

  it('stolen dump: the secret is not in the database, and its digest opens nothing', async () => {
    const rows = await app.sql<{ dump: string; digest: string }>(
      `SELECT clients::text AS dump, encode(secret_hash, 'hex') AS digest FROM clients`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(client_secret);
    for (const { digest } of rows)
      expect(await asked(basic({ client_id, client_secret: digest }))).toBe(INVALID);
  });
});
