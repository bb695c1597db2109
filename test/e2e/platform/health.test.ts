import { describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { Readiness } from '../../../src/platform/health/index.js';
import { aSignedInUser, anAddress, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();

describe('health', () => {
  it('ready says how each part stands; live only that it lives', async () => {
    const ready = await app.http.get('/health/ready');
    expect([ready.status, ready.body]).toEqual([
      200,
      { status: 'ok', checks: { database: 'ok', keys: 'ok' } },
    ]);
    const live = await app.http.get('/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'ok', checks: {} }]);
  });

  it('once told to stop it is unready, and serves on', async () => {
    app.nest.get(Readiness).stopping();
    const ready = await app.http.get('/health/ready');
    expect([ready.status, ready.body.status]).toEqual([503, 'unavailable']);
    expect(Number(ready.headers['retry-after'])).toBeGreaterThan(0);
    expect((await app.http.get('/health/live')).status).toBe(200);
    await aSignedInUser(app);
  });
});

describe('with the database away', () => {
  it('what needs it is service_unavailable, what does not is answered as before', async () => {
    const { tokens } = await aSignedInUser(app);
    await app.nest.get(Database).close();
    const needs = [
      () => app.http.post('/auth/register', { email: anAddress(), password: PASSWORD }),
      () => app.http.post('/auth/login', { email: anAddress(), password: PASSWORD }),
      () => app.http.post('/auth/refresh', { refresh_token: tokens.refresh_token }),
      () => app.http.post('/auth/logout', undefined, { token: tokens.access_token }),
      () => app.http.get('/users/me', { token: tokens.access_token }),
      () => app.http.patch('/users/me', { name: 'x' }, { token: tokens.access_token }),
    ];
    for (const request of needs) {
      const { status, body } = await request();
      expect([status, body.code]).toEqual([503, 'service_unavailable']);
    }
    expect((await app.http.get('/protected', { token: tokens.access_token })).status).toBe(200);
    expect((await app.http.get('/.well-known/jwks.json')).status).toBe(200);
    expect((await app.http.get('/health/live')).status).toBe(200);
    const ready = await app.http.get('/health/ready');
    expect([ready.status, ready.body.checks]).toEqual([503, { database: 'unavailable', keys: 'ok' }]);
  });
});
