import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secrets } from '../../../src/platform/crypto/index.js';
import { claimsOf } from '../../builders/access-tokens.js';
import { aSignedInUser, disable, signIn, type Tokens } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { FrozenClock } from '../../support/frozen-clock.js';

const DAY = 86_400;
let app = await startApp();

const refresh = (refresh_token: string) => app.http.post('/auth/refresh', { refresh_token });
const rowOf = ({ access_token }: Tokens) =>
  app.sql(`SELECT * FROM sessions WHERE id = '${claimsOf(access_token).sid}'`);

/** How often something of that session is on record. */
async function audited(type: string, { access_token }: Tokens): Promise<number> {
  const rows = await app.sql(
    `SELECT 1 FROM audit_events
      WHERE type = '${type}' AND details::json->>'session_id' = '${claimsOf(access_token).sid}'`,
  );
  return rows.length;
}

async function rotate(token: string): Promise<Tokens> {
  const { status, body } = await refresh(token);
  expect(status).toBe(200);
  return body as Tokens;
}

async function expectRefused(token: string): Promise<void> {
  const { status, body, headers } = await refresh(token);
  expect([status, body.code]).toEqual([401, 'invalid_refresh_token']);
  expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
}

async function expectEnded({ access_token }: Tokens): Promise<void> {
  const { status, body } = await app.http.get('/protected', { token: access_token });
  expect([status, body.code]).toEqual([401, 'token_revoked']);
}

/** The bytes of a token, signed again after they were changed: what a holder of SECRET_KEY alone could make. */
function remade(token: string, change: (bytes: Buffer) => void): string {
  const bytes = Buffer.from(token.slice('sumun_rt_'.length), 'base64url');
  change(bytes);
  const key = app.nest.get(Secrets).key('refresh').current;
  createHmac('sha256', key).update(bytes.subarray(0, 40)).digest().copy(bytes, 40);
  return `sumun_rt_${bytes.toString('base64url')}`;
}

describe('rotation', () => {
  it('trades a refresh token for a new token set of the same session', async () => {
    const { tokens } = await aSignedInUser(app);
    app.clock.advance(100);
    const next = await rotate(tokens.refresh_token);
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    const [before, after] = [claimsOf(tokens.access_token), claimsOf(next.access_token)];
    expect(after).toEqual({ ...before, jti: after.jti, iat: before.iat + 100, exp: before.exp + 100 });
    expect(after.jti).not.toBe(before.jti);
    expect((await app.http.get('/protected', { token: next.access_token })).status).toBe(200);
  });

  it('has the contract’s form: key id, session id, counter, random and MAC', async () => {
    const { tokens } = await aSignedInUser(app);
    expect(tokens.refresh_token).toMatch(/^sumun_rt_[A-Za-z0-9_-]{96}$/);
    const bytes = (token: string) => Buffer.from(token.slice(9), 'base64url');
    const [first, second] = [
      bytes(tokens.refresh_token),
      bytes((await rotate(tokens.refresh_token)).refresh_token),
    ];
    expect(first.subarray(4, 20).toString('hex')).toBe(claimsOf(tokens.access_token).sid.replaceAll('-', ''));
    expect(second.readUInt32BE(20)).toBe(first.readUInt32BE(20) + 1);
    expect(remade(tokens.refresh_token, () => undefined)).toBe(tokens.refresh_token);
  });

  it('reads roles anew', async () => {
    const { id, tokens } = await aSignedInUser(app);
    await app.sql(`INSERT INTO user_roles (user_id, role) VALUES ('${id}', 'admin')`);
    const next = await rotate(tokens.refresh_token);
    expect(claimsOf(tokens.access_token).roles).toEqual(['user']);
    expect(claimsOf(next.access_token).roles).toEqual(['admin', 'user']);
  });

  it('survives a restart', async () => {
    const { tokens } = await aSignedInUser(app);
    app = await app.restart();
    await rotate(tokens.refresh_token);
  });
});

describe('the grace: an answer was lost', () => {
  it.each([0, 1, 30])(
    'the token just replaced, %i s later, gets the very same successor',
    async (seconds) => {
      const { tokens } = await aSignedInUser(app);
      const next = await rotate(tokens.refresh_token);
      const row = await rowOf(tokens);
      app.clock.advance(seconds);
      const again = await rotate(tokens.refresh_token);
      expect(again.refresh_token).toBe(next.refresh_token);
      expect(again.access_token).not.toBe(next.access_token);
      expect(await rowOf(tokens)).toEqual(row);
      await rotate(again.refresh_token);
    },
  );

  it('20 at once of the same token all get the same refresh token, and access tokens that work', async () => {
    const { tokens } = await aSignedInUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(tokens.refresh_token)));
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(20);
    for (const { access_token } of answers)
      expect((await app.http.get('/protected', { token: access_token })).status).toBe(200);
    await rotate(answers[0]!.refresh_token);
  });
});

describe('what a sleep costs', () => {
  it('a lost answer slept over for longer than the grace signs the device out, and no other', async () => {
    const user = await aSignedInUser(app);
    const other = await signIn(app, user);
    const lost = await rotate(user.tokens.refresh_token);
    app.clock.advance(31);
    await expectRefused(user.tokens.refresh_token);
    await expectEnded(lost);
    expect(await audited('auth.refresh_token_reused', user.tokens)).toBe(1);
    await rotate(other.refresh_token);
  });

  it('nothing, where no answer was lost: the living token waits as long as the session may idle', async () => {
    const { tokens } = await aSignedInUser(app);
    const next = await rotate(tokens.refresh_token);
    app.clock.advance(29 * DAY);
    await rotate(next.refresh_token);
  });
});

describe('what a grace costs', () => {
  it('a thief in step with the owner inside it is noticed by nothing but the record of its repetitions', async () => {
    const { tokens } = await aSignedInUser(app);
    let held = tokens.refresh_token;
    for (let rotations = 1; rotations <= 8; rotations += 1) {
      const owner = await rotate(held);
      app.clock.advance(30);
      const thief = await rotate(held);
      expect(thief.refresh_token).toBe(owner.refresh_token);
      expect((await app.http.get('/protected', { token: thief.access_token })).status).toBe(200);
      expect(await audited('auth.refresh_token_repeated', tokens)).toBe(rotations);
      held = owner.refresh_token;
      app.clock.advance(11 * DAY);
    }
    expect(await audited('auth.refresh_token_reused', tokens)).toBe(0);
    app.clock.advance(2 * DAY);
    await expectRefused(held);
  });
});

const onServer = process.env['TEST_DATABASE_URL'] ? describe : describe.skip;

onServer('nodes whose clocks differ', () => {
  it('shorten the grace by that much, or lengthen it', async () => {
    const ahead = new FrozenClock();
    ahead.advance((app.clock.millis() - ahead.millis()) / 1000 + 20);
    const node = await app.beside({ clock: ahead });
    const there = (refresh_token: string) => node.http.post('/auth/refresh', { refresh_token });
    const [one, two] = [await aSignedInUser(app), await aSignedInUser(app)];
    await rotate(one.tokens.refresh_token);
    expect((await there(two.tokens.refresh_token)).status).toBe(200);
    app.clock.advance(11);
    ahead.advance(11);
    expect((await there(one.tokens.refresh_token)).status).toBe(401);
    app.clock.advance(39);
    await rotate(two.tokens.refresh_token);
    await node.stop();
  });
});

describe('theft: a token that was used before', () => {
  it('outside the grace ends the session and its access tokens', async () => {
    const { tokens } = await aSignedInUser(app);
    const next = await rotate(tokens.refresh_token);
    app.clock.advance(31);
    await expectRefused(tokens.refresh_token);
    await expectRefused(next.refresh_token);
    await expectEnded(tokens);
    await expectEnded(next);
  });

  it('two steps back ends the session even within the grace', async () => {
    const { tokens } = await aSignedInUser(app);
    const next = await rotate((await rotate(tokens.refresh_token)).refresh_token);
    await expectRefused(tokens.refresh_token);
    await expectEnded(next);
    await expectRefused(next.refresh_token);
  });

  it('a step ahead, genuinely made, ends the session', async () => {
    const { tokens } = await aSignedInUser(app);
    await expectRefused(remade(tokens.refresh_token, (bytes) => bytes.writeUInt32BE(1, 20)));
    await expectEnded(tokens);
  });

  it('ends no other session of the user', async () => {
    const user = await aSignedInUser(app);
    const other = (await app.http.post('/auth/login', { email: user.email, password: user.password })).body;
    await rotate(user.tokens.refresh_token);
    app.clock.advance(31);
    await expectRefused(user.tokens.refresh_token);
    await rotate((other as Tokens).refresh_token);
  });
});

describe('forgery', () => {
  it.each([
    ['key id', 0],
    ['session id', 10],
    ['counter', 23],
    ['random bytes', 30],
    ['MAC', 71],
  ])('a changed %s touches nothing', async (_, position) => {
    const { tokens } = await aSignedInUser(app);
    const before = await app.sql('SELECT * FROM sessions ORDER BY id');
    const bytes = Buffer.from(tokens.refresh_token.slice(9), 'base64url');
    bytes[position]! ^= 1;
    await expectRefused(`sumun_rt_${bytes.toString('base64url')}`);
    expect(await app.sql('SELECT * FROM sessions ORDER BY id')).toEqual(before);
    await rotate(tokens.refresh_token);
  });

  it('SECRET_KEY alone forges none, and ends nothing: the random bytes are in the database', async () => {
    const { tokens } = await aSignedInUser(app);
    await expectRefused(remade(tokens.refresh_token, (bytes) => bytes.fill(7, 24, 40)));
    await rotate(tokens.refresh_token);
  });

  it.each(['', 'x', 'sumun_rt_', `sumun_rt_${'A'.repeat(96)}`, `sumun_rt_${'A'.repeat(60_000)}`])(
    'what is no token is refused like any other',
    async (token) => expectRefused(token),
  );

  it.each([
    ['a blank', (token: string) => `${token} `],
    ['padding', (token: string) => `${token}=`],
    ['another case of the prefix', (token: string) => token.replace('sumun', 'SUMUN')],
    ['no prefix', (token: string) => token.slice(9)],
  ])('a genuine token in another spelling is none: %s', async (_, respell) => {
    const { tokens } = await aSignedInUser(app);
    await expectRefused(respell(tokens.refresh_token));
  });

  it('token confusion: neither kind of token is taken for the other', async () => {
    const { tokens } = await aSignedInUser(app);
    await expectRefused(tokens.access_token);
    const { body } = await app.http.get('/protected', { token: tokens.refresh_token });
    expect(body.code).toBe('invalid_token');
  });

  it.each([
    [{}, 'required'],
    [{ refresh_token: null }, 'wrong_type'],
    [{ refresh_token: 7 }, 'wrong_type'],
    [{ refresh_token: ['a'] }, 'wrong_type'],
  ])('%j fails validation as %s', async (body, code) => {
    const answer = await app.http.post('/auth/refresh', body);
    expect([answer.status, answer.body.errors[0].code]).toEqual([400, code]);
  });
});

describe('expiry', () => {
  it('idle: works to the last second, and not at the end', async () => {
    const [{ tokens }, other] = [await aSignedInUser(app), await aSignedInUser(app)];
    expect(tokens.refresh_expires_in).toBe(30 * DAY);
    app.clock.advance(30 * DAY - 1);
    await rotate(tokens.refresh_token);
    app.clock.advance(1);
    await expectRefused(other.tokens.refresh_token);
  });

  it('absolute: refresh_expires_in counts to the earlier of both ends, which no refresh moves', async () => {
    let { tokens } = (await aSignedInUser(app)) as { tokens: Tokens };
    for (const expected of [30, 30, 3]) {
      app.clock.advance(29 * DAY);
      tokens = await rotate(tokens.refresh_token);
      expect(tokens.refresh_expires_in).toBe(expected * DAY);
    }
    app.clock.advance(3 * DAY - 1);
    tokens = await rotate(tokens.refresh_token);
    expect(tokens.refresh_expires_in).toBe(1);
    app.clock.advance(1);
    await expectRefused(tokens.refresh_token);
  });
});

describe('a disabled user', () => {
  it('is refused, and the rotation rolled back', async () => {
    const user = await aSignedInUser(app);
    const before = await rowOf(user.tokens);
    await disable(app, user);
    await expectRefused(user.tokens.refresh_token);
    expect(await rowOf(user.tokens)).toEqual(before);
    await app.sql(`UPDATE users SET disabled_at = NULL WHERE id = '${user.id}'`);
    await rotate(user.tokens.refresh_token);
  });
});

describe('a change of SECRET_KEY', () => {
  it('leaves the tokens of the previous key working, and repeats their successor letter by letter', async () => {
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('base64url'));
    const first = await startApp({ env: { SECRET_KEY: one! } });
    const { tokens } = await aSignedInUser(first);
    const { body: next } = await first.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    const second = await first.restart({ env: { SECRET_KEY: two!, SECRET_KEY_PREVIOUS: one! } });
    const again = await second.http.post('/auth/refresh', { refresh_token: tokens.refresh_token });
    expect(again.body.refresh_token).toBe(next.refresh_token);
    const onward = await second.http.post('/auth/refresh', { refresh_token: next.refresh_token });
    expect(onward.status).toBe(200);
    expect(onward.body.refresh_token.slice(9, 14)).not.toBe(next.refresh_token.slice(9, 14));
  });
});
