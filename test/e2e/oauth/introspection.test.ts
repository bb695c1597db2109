import { describe, expect, it } from '@jest/globals';
import { claimsOf, resigned } from '../../builders/access-tokens.js';
import { aHolderOf, anAdmin, setRoles } from '../../builders/administration.js';
import { aClient, introspect, postForm } from '../../builders/clients.js';
import { aSignedInUser, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const [MINE, ALSO, LATER] = [
  'https://api.example.com',
  'https://reports.example.com',
  'https://new.example.com',
];
const app = await startApp({ env: { AUDIENCE: `${MINE},${ALSO},${LATER}`, ACCESS_TOKEN_TTL: '10m' } });
const client = await aClient(app, { audience: MINE });

/** All that a client may learn of what is not for it to know. */
const INACTIVE = '{"active":false}';
const worth = async (token: string, by = client) => (await introspect(app, by, token)).text;

describe('POST /oauth/introspect (RFC 7662)', () => {
  it('§2.2: an active token is answered with its claims, active and token_type', async () => {
    const { tokens } = await aSignedInUser(app);
    const { status, body, headers } = await introspect(app, client, tokens.access_token);
    expect(status).toBe(200);
    expect(body).toEqual({ ...claimsOf(tokens.access_token), active: true, token_type: 'Bearer' });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  it('§2.1: token_type_hint is a hint, and other parameters are ignored', async () => {
    const { tokens } = await aSignedInUser(app);
    for (const token_type_hint of ['access_token', 'refresh_token', 'pineapple']) {
      const form = { token: tokens.access_token, token_type_hint, resource: 'x' };
      const { body } = await postForm(app, '/oauth/introspect', form, client);
      expect([token_type_hint, body.active]).toEqual([token_type_hint, true]);
    }
  });

  it('§2.2: what is no token, or forged, is inactive and nothing else', async () => {
    const { tokens } = await aSignedInUser(app);
    const { access_token: genuine } = tokens;
    const forged = `${genuine.slice(0, -8)}AAAAAAAA`;
    for (const token of [
      'x',
      '{}',
      'a.b.c',
      genuine.slice(1),
      forged,
      `${genuine}.`,
      ` ${genuine}`,
      '\u0000',
    ])
      expect([token, await worth(token)]).toEqual([token, INACTIVE]);
    expect(await worth(resigned(app, genuine, { header: { typ: 'JWT' } }))).toBe(INACTIVE);
    expect(await worth(resigned(app, genuine, { claims: { iss: 'https://evil.example' } }))).toBe(INACTIVE);
    expect(await worth(genuine)).not.toBe(INACTIVE);
  });

  it('§4: an expired token is inactive from the second of its exp on', async () => {
    const { tokens } = await aSignedInUser(app);
    app.clock.advance(599);
    expect(await worth(tokens.access_token)).not.toBe(INACTIVE);
    app.clock.advance(1);
    expect(await worth(tokens.access_token)).toBe(INACTIVE);
  });

  it('§4: a revoked token is inactive: signed out, other password, disabled, signed out everywhere', async () => {
    const out = await aSignedInUser(app);
    expect(await worth(out.tokens.access_token)).not.toBe(INACTIVE);
    await app.http.post('/auth/logout', undefined, { token: out.tokens.access_token });
    expect(await worth(out.tokens.access_token)).toBe(INACTIVE);

    const everywhere = await aSignedInUser(app);
    const elsewhere = await signIn(app, everywhere);
    await app.http.post('/auth/logout-all', undefined, { token: elsewhere.access_token });
    expect(await worth(everywhere.tokens.access_token)).toBe(INACTIVE);

    const changed = await aSignedInUser(app);
    const passwords = { current_password: changed.password, new_password: 'another battery, another staple' };
    const token = changed.tokens.access_token;
    await app.http.request('PUT', '/users/me/password', { json: passwords, token });
    expect(await worth(token)).toBe(INACTIVE);

    const [admin, disabled] = [await anAdmin(app), await aSignedInUser(app)];
    const by = { token: admin.tokens.access_token };
    await app.http.post(`/admin/users/${disabled.id}/disable`, undefined, by);
    expect(await worth(disabled.tokens.access_token)).toBe(INACTIVE);
  });

  it('a token met for the first time and one met before are worth the same', async () => {
    const { tokens } = await aSignedInUser(app);
    const first = await worth(tokens.access_token);
    await app.http.get('/protected', { token: tokens.access_token });
    expect(await worth(tokens.access_token)).toBe(first);
  });

  it('a permission that no role grants any more is not in scope', async () => {
    const admin = await anAdmin(app);
    const holder = await aHolderOf(app, admin, 'user:read', 'role:read');
    const { access_token: token } = holder.tokens;
    expect((await introspect(app, client, token)).body.scope.split(' ')).toContain('user:read');
    const json = { permissions: ['role:read'] };
    await app.http.patch(`/admin/roles/${holder.role}`, json, { token: admin.tokens.access_token });
    const { body } = await introspect(app, client, token);
    expect(body).toEqual({ ...claimsOf(token), active: true, token_type: 'Bearer', scope: body.scope });
    expect(body.scope.split(' ')).toEqual(['note:read', 'note:write', 'role:read']);
    await setRoles(app, admin, holder.id, ['user']);
    expect(await worth(token)).toBe(INACTIVE);
  });
});

describe('a client learns nothing about tokens that are not meant for its audience', () => {
  it('scanning: a token without its aud is answered to the letter as one that never was', async () => {
    const { tokens } = await aSignedInUser(app);
    const theirs = resigned(app, tokens.access_token, { claims: { aud: [ALSO] } });
    const [answer, never] = [await introspect(app, client, theirs), await introspect(app, client, 'never')];
    expect([answer.status, answer.text]).toEqual([200, INACTIVE]);
    const told = ({ 'x-request-id': _id, date: _date, ...headers }: typeof answer.headers) => headers;
    expect(told(answer.headers)).toEqual(told(never.headers));
    expect(await worth(theirs, await aClient(app, { audience: ALSO }))).not.toBe(INACTIVE);
  });

  it('an aud is compared whole, not by its beginning, as a string and in a list', async () => {
    const { tokens } = await aSignedInUser(app);
    const aud = (value: string | string[]) => resigned(app, tokens.access_token, { claims: { aud: value } });
    expect(await worth(aud(MINE))).not.toBe(INACTIVE);
    expect(await worth(aud(ALSO))).toBe(INACTIVE);
    expect(await worth(aud([ALSO, `${MINE}.evil.example`]))).toBe(INACTIVE);
    expect(await worth(aud([ALSO, MINE]))).not.toBe(INACTIVE);
  });

  it('every refresh token is inactive, whatever the hint says', async () => {
    const { tokens } = await aSignedInUser(app);
    for (const token_type_hint of ['refresh_token', 'access_token']) {
      const form = { token: tokens.refresh_token, token_type_hint };
      expect((await postForm(app, '/oauth/introspect', form, client)).text).toBe(INACTIVE);
    }
    expect((await app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token })).status).toBe(200);
  });

  it('a client without introspect is unauthorized_client, whatever the token', async () => {
    const { tokens } = await aSignedInUser(app);
    const revoker = await aClient(app, { audience: MINE, may: ['revoke'] });
    for (const token of [tokens.access_token, 'x']) {
      const { status, body } = await introspect(app, revoker, token);
      expect([status, body.error]).toEqual([403, 'unauthorized_client']);
    }
  });
});
