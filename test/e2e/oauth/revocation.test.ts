import { describe, expect, it } from '@jest/globals';
import { claimsOf, resigned } from '../../builders/access-tokens.js';
import { aClient, postForm, revoke } from '../../builders/clients.js';
import { aSignedInUser, type Tokens } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const [MINE, ALSO, GONE] = [
  'https://api.example.com',
  'https://reports.example.com',
  'https://old.example.com',
];
let app = await startApp({ env: { AUDIENCE: `${MINE},${ALSO},${GONE}` } });
const client = await aClient(app, { audience: MINE });
const formerly = await aClient(app, { audience: GONE });

const reach = async ({ access_token: token }: Tokens) =>
  ((await app.http.get('/protected', { token })).body.code as string | undefined) ?? 'alive';
const refresh = ({ refresh_token }: Tokens) => app.http.post('/auth/refresh', { refresh_token });
const sid = ({ access_token }: Tokens) => claimsOf(access_token)['sid'] as string;
const audited = (session: string) =>
  app.sql<{ actor: string | null; subject: string; details: object }>(
    `SELECT actor_id AS actor, subject_id AS subject, details::json AS details FROM audit_events
     WHERE type = 'oauth.token_revoked' AND details LIKE '%${session}%'`,
  );

describe('POST /oauth/revoke (RFC 7009)', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    '§2: of a session, its %s ends both: refused at once on this node, and audited',
    async (kind) => {
      const { id, tokens } = await aSignedInUser(app);
      expect(await reach(tokens)).toBe('alive');
      const { status, text } = await revoke(app, client, tokens[kind]);
      expect([status, text]).toEqual([200, '']);
      expect(await reach(tokens)).toBe('token_revoked');
      expect((await refresh(tokens)).body.code).toBe('invalid_refresh_token');
      const details = { client_id: client.client_id, session_id: sid(tokens), token: kind };
      expect(await audited(sid(tokens))).toEqual([{ actor: null, subject: id, details }]);
    },
  );

  it('§2.1: a wrong token_type_hint changes nothing', async () => {
    for (const [kind, token_type_hint] of [
      ['access_token', 'refresh_token'],
      ['refresh_token', 'access_token'],
      ['refresh_token', 'pineapple'],
    ] as const) {
      const { tokens } = await aSignedInUser(app);
      await postForm(app, '/oauth/revoke', { token: tokens[kind], token_type_hint }, client);
      expect([kind, token_type_hint, await reach(tokens)]).toEqual([kind, token_type_hint, 'token_revoked']);
    }
  });

  it('§2.2: 200 and nothing happens for what is unknown, forged, expired, or revoked before', async () => {
    const { tokens } = await aSignedInUser(app);
    const { access_token, refresh_token } = tokens;
    const forged = [
      'x',
      `${access_token.slice(0, -8)}AAAAAAAA`,
      `${refresh_token.slice(0, -8)}AAAAAAAA`,
      resigned(app, access_token, { claims: { exp: 1 } }),
      resigned(app, access_token, { header: { typ: 'JWT' } }),
    ];
    for (const token of forged) expect((await revoke(app, client, token)).status).toBe(200);
    expect(await reach(tokens)).toBe('alive');
    expect(await audited(sid(tokens))).toEqual([]);
    for (const _ of [1, 2]) expect((await revoke(app, client, access_token)).status).toBe(200);
    expect((await revoke(app, client, refresh_token)).status).toBe(200);
    expect(await audited(sid(tokens))).toHaveLength(1);
  });

  it('sabotage: a token that is not meant for the client ends nothing, and is answered alike', async () => {
    const { tokens } = await aSignedInUser(app);
    const theirs = resigned(app, tokens.access_token, { claims: { aud: ALSO } });
    const [answer, never] = [await revoke(app, client, theirs), await revoke(app, client, 'never')];
    expect([answer.status, answer.text]).toEqual([never.status, never.text]);
    expect(await reach(tokens)).toBe('alive');
    expect((await refresh(tokens)).status).toBe(200);
    expect(await audited(sid(tokens))).toEqual([]);
  });

  it('no other session of the user ends', async () => {
    const one = await aSignedInUser(app);
    const other = (await app.http.post('/auth/login', { email: one.email, password: one.password })).body;
    await revoke(app, client, one.tokens.refresh_token);
    expect([await reach(one.tokens), await reach(other)]).toEqual(['token_revoked', 'alive']);
  });

  it('a spent refresh token, as a thief or its victim may hold, ends its session too, and says what it was', async () => {
    const { tokens } = await aSignedInUser(app);
    const second = (await refresh(tokens)).body as Tokens;
    app.clock.advance(31);
    expect((await revoke(app, client, tokens.refresh_token)).status).toBe(200);
    expect(await reach(second)).toBe('token_revoked');
    expect((await refresh(second)).body.code).toBe('invalid_refresh_token');
    expect(await audited(sid(tokens))).toMatchObject([{ details: { token: 'spent_refresh_token' } }]);
  });

  it('a client without revoke is unauthorized_client, and ends nothing', async () => {
    const { tokens } = await aSignedInUser(app);
    const reader = await aClient(app, { audience: MINE, may: ['introspect'] });
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const { status, body } = await revoke(app, reader, token);
      expect([status, body.error]).toEqual([403, 'unauthorized_client']);
    }
    expect(await reach(tokens)).toBe('alive');
  });

  it('a client of an audience that tokens have no more ends nothing by a refresh token', async () => {
    app = await app.restart({ env: { AUDIENCE: `${MINE},${ALSO}` } });
    const { tokens } = await aSignedInUser(app);
    expect((await revoke(app, formerly, tokens.refresh_token)).status).toBe(200);
    expect(await reach(tokens)).toBe('alive');
  });
});
