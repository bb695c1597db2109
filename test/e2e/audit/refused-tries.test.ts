import { describe, expect, it } from '@jest/globals';
import { Timers } from '../../../src/platform/timers/index.js';
import { anAdmin } from '../../builders/administration.js';
import { aSignedInUser, signIn, type SignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const admin = await anAdmin(app);
const knock = ({ tokens }: SignedInUser, agent = 'x') =>
  app.http.get('/admin/users', { token: tokens.access_token, headers: { 'User-Agent': agent } });

/** What is folded after a minute, of one caller or of nobody. */
async function folded(actor: string | null) {
  app.clock.advance(60);
  await app.nest.get(Timers).runAll();
  const by = actor === null ? 'IS NULL' : `= '${actor}'`;
  const rows = await app.sql<{ ip: string | null; agent: string | null; details: string }>(
    `SELECT ip, agent, details FROM audit_events WHERE type = 'audit.requests_refused' AND actor_id ${by} ORDER BY id`,
  );
  return rows.map(({ details, ...row }) => ({ ...row, ...(JSON.parse(details) as object) }));
}

describe('trying doors, unseen', () => {
  it('refused tries at more power are one row for an address, a caller and a minute (ASVS 16.3.2)', async () => {
    const [kim, lee] = [await aSignedInUser(app), await aSignedInUser(app)];
    const since = app.clock.now().toISOString();
    for (let i = 0; i < 5; i++) expect((await knock(kim)).status).toBe(403);
    // Refused by what is administered, and not by the route.
    const path = `/admin/users/${kim.id}/roles`;
    await app.http.request('PUT', path, { token: lee.tokens.access_token, json: { roles: ['admin'] } });
    expect(await folded(kim.id)).toEqual([{ ip: '127.0.0.1', agent: 'x', since, forbidden: 5 }]);
    expect(await folded(lee.id)).toEqual([{ ip: '127.0.0.1', agent: null, since, forbidden: 1 }]);
    await knock(kim);
    expect(await folded(kim.id)).toHaveLength(2);
  });

  it('tokens that are none are counted, what everybody meets is not', async () => {
    const { tokens } = await aSignedInUser(app);
    await folded(null);
    const before = (await folded(null)).length;
    const since = app.clock.now().toISOString();
    for (let i = 0; i < 3; i++) await app.http.get('/protected', { token: `${tokens.access_token}x` });
    for (let i = 0; i < 2; i++) await app.http.post('/auth/refresh', { refresh_token: 'x'.repeat(80) });
    await app.http.get('/protected');
    await app.http.get('/nowhere');
    app.clock.advance(3600);
    await app.http.get('/protected', { token: tokens.access_token });
    expect((await folded(null)).slice(before)).toEqual([
      { ip: '127.0.0.1', agent: null, since, invalid_token: 3, invalid_refresh_token: 2 },
    ]);
  });

  it('who is deleted before the minute is over is not named by address afterwards', async () => {
    const kim = await aSignedInUser(app);
    await knock(kim, 'harbour/1');
    const { access_token } = await signIn(app, admin);
    await app.http.request('DELETE', `/admin/users/${kim.id}`, { token: access_token });
    expect(await folded(kim.id)).toEqual([
      { ip: null, agent: null, since: expect.any(String), forbidden: 1 },
    ]);
  });
});

describe('an erasure that tells of whom it erased', () => {
  it('an admin who deletes itself leaves neither address nor agent in the last row', async () => {
    const other = await anAdmin(app);
    await app.http.request('DELETE', `/admin/users/${other.id}`, {
      token: other.tokens.access_token,
      headers: { 'User-Agent': 'harbour/1' },
    });
    const rows = await app.sql(
      `SELECT type, actor_id, ip, agent FROM audit_events WHERE subject_id = '${other.id}' ORDER BY id DESC LIMIT 2`,
    );
    const gone = { actor_id: other.id, ip: null, agent: null };
    expect(rows).toEqual([
      { type: 'audit.erased', ...gone },
      { type: 'users.deleted', ...gone },
    ]);
  });
});
