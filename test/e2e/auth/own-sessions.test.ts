import { describe, expect, it } from '@jest/globals';
import { claimsOf, reach as reachWith } from '../../builders/access-tokens.js';
import { aSignedInUser, signIn, type SignedInUser, type Tokens } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp({
  env: { REFRESH_IDLE_TTL: '2h', REFRESH_ABSOLUTE_TTL: '3h', ACCESS_TOKEN_TTL: '1h' },
});

const sid = ({ access_token }: Tokens) => claimsOf(access_token)['sid'] as string;
const list = (token: string, query = '') => app.http.get(`/auth/sessions${query}`, { token });
const end = (token: string, id: string) => app.http.request('DELETE', `/auth/sessions/${id}`, { token });
const reach = ({ access_token }: Tokens) => reachWith(app, access_token);
const refresh = ({ refresh_token }: Tokens) => app.http.post('/auth/refresh', { refresh_token });

/** A user with so many sessions, a second apart, the last one last. */
async function withSessions(count: number): Promise<{ user: SignedInUser; sessions: Tokens[] }> {
  const user = await aSignedInUser(app);
  const sessions = [user.tokens];
  while (sessions.length < count) {
    app.clock.advance(1);
    sessions.push(await signIn(app, user));
  }
  return { user, sessions };
}

describe('GET /auth/sessions', () => {
  it('shows where the caller is signed in, the latest first, and which one asks', async () => {
    const { user, sessions } = await withSessions(3);
    await aSignedInUser(app);
    const { status, body } = await list(user.tokens.access_token);
    expect(status).toBe(200);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(sessions.map(sid).reverse());
    expect(body.items.map(({ current }: { current: boolean }) => current)).toEqual([false, false, true]);
    expect(body.next_cursor).toBeNull();
    expect(Object.keys(body.items[0])).toEqual([
      'id',
      'created_at',
      'last_used_at',
      'expires_at',
      'ip',
      'user_agent',
      'current',
    ]);
  });

  it('tells last use, address and agent of the last refresh, not of requests', async () => {
    const user = await aSignedInUser(app);
    const opened = (await list(user.tokens.access_token)).body.items[0];
    app.clock.advance(100);
    expect((await list(user.tokens.access_token)).body.items[0]).toEqual(opened);
    const refreshed = await app.http.post(
      '/auth/refresh',
      { refresh_token: user.tokens.refresh_token },
      { headers: { 'User-Agent': 'another agent' } },
    );
    const [after] = (await list(refreshed.body.access_token)).body.items;
    expect(Date.parse(after.last_used_at) - Date.parse(opened.last_used_at)).toBe(100_000);
    expect(Date.parse(after.expires_at) - Date.parse(opened.expires_at)).toBe(100_000);
    expect(after).toMatchObject({
      id: opened.id,
      created_at: opened.created_at,
      user_agent: 'another agent',
    });
  });

  it('leaves out what ended, by itself or otherwise; expires_at is the earlier end', async () => {
    const { user, sessions } = await withSessions(2);
    await app.http.post('/auth/logout', undefined, { token: user.tokens.access_token });
    const { items } = (await list(sessions[1]!.access_token)).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([sid(sessions[1]!)]);
    app.clock.advance(2 * 3600);
    const later = await signIn(app, user);
    const left = (await list(later.access_token)).body.items;
    expect(left.map(({ id }: { id: string }) => id)).toEqual([sid(later)]);
    app.clock.advance(3600);
    const { body } = await refresh(later);
    app.clock.advance(3600 - 1);
    const [nearEnd] = (await list(body.access_token)).body.items;
    expect(Date.parse(nearEnd.expires_at) - Date.parse(nearEnd.created_at)).toBe(3 * 3600_000);
  });

  it('goes page by page; a cursor of another list, or changed, is refused', async () => {
    const { user, sessions } = await withSessions(3);
    const token = user.tokens.access_token;
    const first = (await list(token, '?limit=2')).body;
    const second = (await list(token, `?limit=2&cursor=${first.next_cursor}`)).body;
    const seen = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    expect(seen).toEqual(sessions.map(sid).reverse());
    expect(second.next_cursor).toBeNull();
    const forged = await list(token, `?cursor=${first.next_cursor.slice(0, -1)}_`);
    expect([forged.status, forged.body.errors[0]]).toMatchObject([400, { field: 'cursor' }]);
  });

  it("IDOR: a cursor carried to another account shows nobody else's sessions", async () => {
    const { user } = await withSessions(2);
    const { next_cursor } = (await list(user.tokens.access_token, '?limit=1')).body;
    app.clock.advance(1);
    const thief = await aSignedInUser(app);
    const { body } = await list(thief.tokens.access_token, `?cursor=${next_cursor}`);
    expect(body.items).toEqual([]);
  });
});

describe('DELETE /auth/sessions/{id}', () => {
  it('ends that one, with both tokens, before the answer; the others live', async () => {
    const { user, sessions } = await withSessions(3);
    expect(await reach(sessions[1]!)).toBe('alive');
    expect((await end(user.tokens.access_token, sid(sessions[1]!))).status).toBe(204);
    expect(await Promise.all(sessions.map(reach))).toEqual(['alive', 'token_revoked', 'alive']);
    expect((await refresh(sessions[1]!)).body.code).toBe('invalid_refresh_token');
    expect((await refresh(sessions[2]!)).status).toBe(200);
  });

  it('ends the one that asks', async () => {
    const { tokens } = await aSignedInUser(app);
    expect((await end(tokens.access_token, sid(tokens))).status).toBe(204);
    expect(await reach(tokens)).toBe('token_revoked');
  });

  it("IDOR: another user's session is not found, as one that never was, and lives", async () => {
    const [victim, thief] = [await aSignedInUser(app), await aSignedInUser(app)];
    const others = await end(thief.tokens.access_token, sid(victim.tokens));
    const nobodys = await end(thief.tokens.access_token, '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11');
    const told = ({ status, body }: typeof others) => ({ status, code: body.code, detail: body.detail });
    expect(told(others)).toEqual(told(nobodys));
    expect(others.status).toBe(404);
    expect(await reach(victim.tokens)).toBe('alive');
    expect((await refresh(victim.tokens)).status).toBe(200);
  });

  it('a session that ended is not found; an id that is none is a bad field', async () => {
    const { user, sessions } = await withSessions(2);
    await end(user.tokens.access_token, sid(sessions[1]!));
    expect((await end(user.tokens.access_token, sid(sessions[1]!))).status).toBe(404);
    const odd = await end(user.tokens.access_token, 'all');
    expect([odd.status, odd.body.errors[0]]).toMatchObject([400, { field: 'id', code: 'invalid_format' }]);
  });

  it('is told in the audit, as by its owner', async () => {
    const { user, sessions } = await withSessions(2);
    await end(user.tokens.access_token, sid(sessions[1]!));
    const rows = await app.sql<{ actor: string; details: object }>(
      `SELECT actor_id AS actor, details::json AS details FROM audit_events
       WHERE type = 'auth.session_ended' AND subject_id = '${user.id}'`,
    );
    expect(rows).toEqual([{ actor: user.id, details: { session_id: sid(sessions[1]!) } }]);
  });
});

describe('POST /auth/logout-all', () => {
  it('ends all sessions of the caller, and nobody else’s; a sign-in right after lives', async () => {
    const { user, sessions } = await withSessions(3);
    const other = await aSignedInUser(app);
    for (const one of sessions) expect(await reach(one)).toBe('alive');
    const { status } = await app.http.post('/auth/logout-all', undefined, {
      token: user.tokens.access_token,
    });
    expect(status).toBe(204);
    // Of the same second: versions are compared, not times.
    const fresh = await signIn(app, user);
    expect(await Promise.all(sessions.map(reach))).toEqual(Array(3).fill('token_revoked'));
    expect(await Promise.all([fresh, other.tokens].map(reach))).toEqual(['alive', 'alive']);
    for (const one of sessions) expect((await refresh(one)).body.code).toBe('invalid_refresh_token');
    expect((await refresh(fresh)).status).toBe(200);
  });

  it('stolen token: an access token that no session of it was listed for is dead, too', async () => {
    const user = await aSignedInUser(app);
    const renewed = (await refresh(user.tokens)).body as Tokens;
    await app.http.post('/auth/logout-all', undefined, { token: renewed.access_token });
    expect(await reach(user.tokens)).toBe('token_revoked');
    const again = await app.http.post('/auth/logout-all', undefined, { token: renewed.access_token });
    expect([again.status, again.body.code]).toEqual([401, 'token_revoked']);
  });

  it('needs an access token', async () => {
    const { status, body } = await app.http.post('/auth/logout-all');
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });
});
