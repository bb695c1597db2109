import { Controller, Get, Module } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import { StepUp } from '../../../src/access/index.js';
import { UsersService } from '../../../src/users/index.js';
import { claimsOf } from '../../builders/access-tokens.js';
import { aSignedInUser, aUser, signIn } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

@Controller('health')
class VaultController {
  @Get('vault')
  @StepUp({ maxAge: '5m' })
  open(): { open: boolean } {
    return { open: true };
  }
}

@Module({ controllers: [VaultController] })
class VaultModule {}

const app = await startApp({ modules: [VaultModule], env: { ACCESS_TOKEN_TTL: '1h', RATE_LIMITS: 'on' } });
const WRONG = 'not the battery, not the staple';
const confirm = (token: string, json: unknown) => app.http.post('/auth/reauthenticate', json, { token });

/** Of a route that stands in no document: asked without comparing the answer with one. */
async function vault(token: string) {
  const answer = await fetch(`${app.http.origin}/health/vault`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const { code, open } = (await answer.json()) as { code?: string; open?: boolean };
  return { status: answer.status, code, open, challenge: answer.headers.get('www-authenticate') };
}

describe('POST /auth/reauthenticate', () => {
  it('RFC 9470 round trip: step_up_required, then the password, then the same call succeeds', async () => {
    const user = await aSignedInUser(app);
    expect((await vault(user.tokens.access_token)).open).toBe(true);
    app.clock.advance(301);
    const refused = await vault(user.tokens.access_token);
    expect(refused).toMatchObject({ status: 401, code: 'step_up_required' });
    expect(refused.challenge).toContain('insufficient_user_authentication');
    expect(refused.challenge).toContain('max_age="300"');
    const { status, body } = await confirm(user.tokens.access_token, { password: user.password });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']);
    expect(await vault(body.access_token)).toMatchObject({ status: 200, open: true });
    // The token from before is as old as it was, and still good for everything else.
    expect((await vault(user.tokens.access_token)).code).toBe('step_up_required');
    expect((await app.http.get('/users/me', { token: user.tokens.access_token })).status).toBe(200);
  });

  it('is of the same session, and a refresh keeps the new auth_time', async () => {
    const user = await aSignedInUser(app);
    const before = claimsOf(user.tokens.access_token);
    app.clock.advance(100);
    const after = claimsOf(
      (await confirm(user.tokens.access_token, { password: user.password })).body.access_token,
    );
    expect(after).toMatchObject({ sid: before['sid'], sub: user.id, auth_time: before['auth_time'] + 100 });
    expect(after['jti']).not.toBe(before['jti']);
    app.clock.advance(50);
    const { status, body } = await app.http.post('/auth/refresh', {
      refresh_token: user.tokens.refresh_token,
    });
    expect(status).toBe(200);
    expect(claimsOf(body.access_token)['auth_time']).toBe(after['auth_time']);
  });

  it('a wrong password is invalid_credentials without an error in the challenge, and renews nothing', async () => {
    const user = await aSignedInUser(app);
    app.clock.advance(60);
    for (const password of [WRONG, `${user.password} `]) {
      const answer = await confirm(user.tokens.access_token, { password });
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    const { body } = await app.http.post('/auth/refresh', { refresh_token: user.tokens.refresh_token });
    expect(claimsOf(body.access_token)['auth_time']).toBe(claimsOf(user.tokens.access_token)['auth_time']);
  });

  it("stolen token: somebody else's password proves nothing", async () => {
    const victim = await aSignedInUser(app);
    const thief = await aUser(app, { password: 'the thief has a password too' });
    const answer = await confirm(victim.tokens.access_token, { password: thief.password });
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
    const mixed = await confirm(victim.tokens.access_token, { password: thief.password, email: thief.email });
    expect([mixed.status, mixed.body.errors[0].field]).toEqual([400, 'email']);
  });

  it("race: an address that passed to somebody else meanwhile proves nothing with its new owner's password", async () => {
    const victim = await aSignedInUser(app);
    const owner = await aUser(app, { password: 'the new owner of the address' });
    const users = app.nest.get(UsersService);
    const asLookedUpBefore = { ...(await users.find(victim.id))!, email: owner.email };
    const find = jest.spyOn(users, 'find').mockResolvedValueOnce(asLookedUpBefore);
    const answer = await confirm(victim.tokens.access_token, { password: owner.password });
    expect(find).toHaveBeenCalledTimes(1);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
    find.mockRestore();
  });

  it("brute force: counts with the account's logins, so that neither is a way around the other's limit", async () => {
    const user = await aSignedInUser(app);
    for (let i = 0; i < 5; i++) {
      expect((await confirm(user.tokens.access_token, { password: WRONG })).status).toBe(401);
      const login = await app.http.post('/auth/login', { email: user.email, password: WRONG });
      expect(login.status).toBe(401);
    }
    const limited = await confirm(user.tokens.access_token, { password: user.password });
    expect([limited.status, limited.body.code]).toEqual([429, 'rate_limited']);
    expect((await app.http.post('/auth/login', { email: user.email, password: user.password })).status).toBe(
      429,
    );
    app.clock.advance(301);
    expect((await confirm(user.tokens.access_token, { password: user.password })).status).toBe(200);
  });

  it('needs a genuine access token, and refuses bad bodies by field', async () => {
    const user = await aSignedInUser(app);
    const none = await app.http.post('/auth/reauthenticate', { password: user.password });
    expect([none.status, none.body.code]).toEqual([401, 'unauthenticated']);
    for (const [json, field, code] of [
      [{}, 'password', 'required'],
      [{ password: 5 }, 'password', 'wrong_type'],
      [{ password: user.password, refresh_token: 'x' }, 'refresh_token', 'unknown_field'],
    ] as const) {
      const answer = await confirm(user.tokens.access_token, json);
      expect([answer.status, answer.body.errors[0]]).toMatchObject([400, { field, code }]);
    }
    await app.http.post('/auth/logout', {}, { token: user.tokens.access_token });
    const ended = await confirm(user.tokens.access_token, { password: user.password });
    expect([ended.status, ended.body.code]).toEqual([401, 'token_revoked']);
  });

  it('race: a session that ended elsewhere, or a user changed elsewhere, is not renewed', async () => {
    const user = await aSignedInUser(app);
    await app.sql(`UPDATE sessions SET ended_at = now() WHERE user_id = '${user.id}'`);
    const ended = await confirm(user.tokens.access_token, { password: user.password });
    expect([ended.status, ended.body.code]).toEqual([401, 'token_revoked']);
    const other = await aSignedInUser(app);
    const again = await signIn(app, other);
    await app.sql(`UPDATE users SET disabled_at = now() WHERE id = '${other.id}'`);
    const disabled = await confirm(again.access_token, { password: other.password });
    expect([disabled.status, disabled.body.code]).toEqual([401, 'invalid_credentials']);
  });
});
