import { describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { EventLoop } from '../../../src/platform/event-loop/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { MetricsServer } from '../../../src/platform/metrics/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { freePort } from '../../support/free-port.js';

const port = await freePort();
const app = await startApp({ env: { METRICS_PORT: String(port) } });
const METRICS = `http://127.0.0.1:${port}/metrics`;

/** The value of a line; undefined where there is none. */
async function value(line: string, url = METRICS): Promise<number | undefined> {
  const text = await (await fetch(url)).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

const counted = (method: string, route: string, status: number) =>
  value(`sumun_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);

describe('GET /metrics', () => {
  it('is the text form of Prometheus, on a port of its own', async () => {
    const answer = await fetch(METRICS);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    expect(text).toContain('# TYPE sumun_http_request_duration_seconds histogram');
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect((await app.http.get('/metrics')).status).toBe(404);
  });

  it('times requests by the route as it is declared: an id makes no series of its own', async () => {
    const { tokens } = await aSignedInUser(app);
    for (let i = 0; i < 3; i++) await app.http.get('/protected', { token: tokens.access_token });
    await app.http.get('/protected');
    for (let i = 0; i < 3; i++) {
      const id = `019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c0${i}`;
      await app.http.request('DELETE', `/auth/sessions/${id}`, { token: tokens.access_token });
    }
    expect(await counted('GET', '/protected', 200)).toBe(3);
    expect(await counted('GET', '/protected', 401)).toBe(1);
    expect(await counted('DELETE', '/auth/sessions/:id', 404)).toBe(3);
  });

  it('cardinality attack: paths that are not served are one series', async () => {
    for (let i = 0; i < 20; i++) await app.http.get(`/nowhere/${i}`);
    expect(await counted('GET', 'none', 404)).toBeGreaterThanOrEqual(20);
    expect(await (await fetch(METRICS)).text()).not.toContain('nowhere');
  });

  it('tells what is held in memory', async () => {
    const user = await aSignedInUser(app);
    const before = await value('sumun_revocations');
    await app.http.post('/auth/logout', undefined, { token: user.tokens.access_token });
    expect(await value('sumun_revocations')).toBe(before! + 1);
    expect(await value('sumun_verified_tokens')).toBeGreaterThan(0);
    expect(await value('sumun_password_checks')).toBe(0);
    expect(await value('sumun_password_places')).toBeGreaterThan(0);
    expect(await value('sumun_revocation_feed_staleness_seconds')).toBeDefined();
    // On a server the sign-out above has come by the feed, too.
    const lag = await value('sumun_revocation_feed_lag_seconds');
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThan(5);
  });

  it('counts how tries to sign in, to register and to refresh ended', async () => {
    const ended = (what: string, outcome: string) => value(`sumun_${what}_total{outcome="${outcome}"}`);
    const before = await ended('logins', 'succeeded');
    const user = await aSignedInUser(app);
    expect(await ended('logins', 'succeeded')).toBe(before! + 1);
    expect(await ended('registrations', 'succeeded')).toBe(before! + 1);
    const { email } = user;
    await app.http.post('/auth/login', { email, password: 'wrong' });
    await app.http.post('/auth/register', { email, password: PASSWORD });
    expect(await ended('logins', 'invalid_credentials')).toBe(1);
    expect(await ended('registrations', 'email_taken')).toBe(1);
    const { refresh_token } = user.tokens;
    const refresh = () => app.http.post('/auth/refresh', { refresh_token });
    expect((await refresh()).status).toBe(200);
    expect((await refresh()).status).toBe(200);
    app.clock.advance(60);
    expect((await refresh()).status).toBe(401);
    expect((await refresh()).status).toBe(401);
    const kinds = ['rotated', 'repeated', 'reused', 'refused'];
    expect(await Promise.all(kinds.map((kind) => ended('refreshes', kind)))).toEqual([1, 1, 1, 1]);
    expect(await value('sumun_refusals_total{code="invalid_refresh_token"}')).toBe(2);
    expect(await value('sumun_refusals_total{code="email_taken"}')).toBe(1);
  });

  it('counts tries that a limit refused, and those that a late event loop cost', async () => {
    const limited = await startApp({
      env: { METRICS_PORT: String(await freePort()), RATE_LIMITS: 'on', RATE_LIMIT_LOGIN_PAIR: '1/5m' },
    });
    const wrong = () => limited.http.post('/auth/login', { email: 'nobody@example.com', password: 'wrong' });
    expect([(await wrong()).status, (await wrong()).status]).toEqual([401, 429]);
    jest.spyOn(limited.nest.get(EventLoop), 'isLate', 'get').mockReturnValue(true);
    const late = await limited.http.post('/auth/login', { email: 'another@example.com', password: 'wrong' });
    expect(late.status).toBe(503);
    const url = `http://127.0.0.1:${limited.configuration.metricsPort}/metrics`;
    for (const line of [
      'sumun_logins_total{outcome="rate_limited"}',
      'sumun_logins_total{outcome="service_overloaded"}',
      'sumun_password_refusals_total{reason="event_loop"}',
      'sumun_refusals_total{code="rate_limited"}',
      'sumun_refusals_total{code="service_overloaded"}',
    ])
      expect([line, await value(line, url)]).toEqual([line, 1]);
    expect(await value('sumun_password_refusals_total{reason="places"}', url)).toBe(0);
    expect(await value('sumun_event_loop_late', url)).toBe(1);
    await limited.stop();
  });

  it('tells a token that is known from one that is not', async () => {
    const looked = (result: string) => value(`sumun_token_lookups_total{result="${result}"}`);
    const { tokens } = await aSignedInUser(app);
    const [hits, misses] = [await looked('hit'), await looked('miss')];
    for (let i = 0; i < 5; i++) await app.http.get('/protected', { token: tokens.access_token });
    expect([await looked('hit'), await looked('miss')]).toEqual([hits! + 4, misses! + 1]);
  });

  it('tells what the queue of hashes and the database are at', async () => {
    expect(await value('sumun_password_hashes_running')).toBe(0);
    expect(await value('sumun_password_hashes_at_once')).toBeGreaterThan(0);
    expect(await value('sumun_password_hash_seconds')).toBeGreaterThanOrEqual(0);
    const database = app.nest.get(Database);
    const busy = () => value('sumun_database_connections{state="busy"}');
    expect([await busy(), await value('sumun_database_waiting')]).toEqual([0, 0]);
    expect(await value('sumun_database_connections{state="idle"}')).toBeGreaterThan(0);
    await database.transaction(async () => expect(await busy()).toBe(1));
  });

  it('are those that the table of docs/operation.md names', async () => {
    const text = await (await fetch(METRICS)).text();
    const exposed = [...text.matchAll(/^# TYPE (sumun_\w+) /gm)].map(([, name]) => name);
    const page = readFileSync('docs/operation.md', 'utf8');
    const told = [...page.matchAll(/^\| `(sumun_\w+)/gm)].map(([, name]) => name);
    // Only where Redis shares the limits.
    expect(told.filter((name) => name !== 'sumun_rate_limits_shared').sort()).toEqual(exposed.sort());
  });

  it.each(['grafana/sumun.json', 'prometheus/alerts.yaml'])(
    'every figure that deploy/%s asks for is exposed, with the labels it goes by',
    async (name) => {
      const text = await (await fetch(METRICS)).text();
      const asked = readFileSync(`deploy/${name}`, 'utf8').replaceAll('\\"', '"');
      const figures = [...asked.matchAll(/\b((?:sumun|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)];
      expect(figures.length).toBeGreaterThan(10);
      for (const [, figure, selector = ''] of figures) {
        if (figure === 'sumun_rate_limits_shared') continue; // only with Redis
        const series = text.split('\n').filter((line) => new RegExp(`^${figure}[ {]`).test(line));
        expect([figure, series.length > 0]).toEqual([figure, true]);
        const labels = [...selector.matchAll(/(\w+)[=!]/g)].map(([, label]) => label);
        for (const label of labels.filter((one) => one !== 'instance' && one !== 'job'))
          expect([figure, series[0]]).toEqual([figure, expect.stringContaining(`${label}="`)]);
      }
    },
  );

  it('counts what was removed', async () => {
    const user = await aSignedInUser(app);
    await app.http.post('/auth/logout', undefined, { token: user.tokens.access_token });
    expect(await value('sumun_removed_revocations_total')).toBe(0);
    await app.sql(`UPDATE revocations SET keep_until = '2015-01-01'`);
    await app.nest.get(Timers).runAll();
    expect(await value('sumun_removed_revocations_total')).toBeGreaterThan(0);
    expect(await value('sumun_removed_sessions_total')).toBe(0);
    expect(await (await fetch(METRICS)).text()).toContain('# TYPE sumun_removed_sessions_total counter');
  });

  it('tells no token, address or account', async () => {
    const user = await aSignedInUser(app);
    await app.http.get(`/protected?token=${user.tokens.access_token}`, { token: user.tokens.access_token });
    const text = await (await fetch(METRICS)).text();
    for (const secret of [user.email, user.id, user.tokens.access_token, '127.0.0.1'])
      expect(text).not.toContain(secret);
  });

  it('answers nothing else, and no other method', async () => {
    const origin = new URL(METRICS).origin;
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/protected`)).status).toBe(404);
    const posted = await fetch(METRICS, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('slow requests are cut, and a stop does not wait for them', async () => {
    const socket = createConnection(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /metrics HTTP/1.1\r\n');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await app.nest.get(MetricsServer).beforeApplicationShutdown();
    await closed;
    await expect(fetch(METRICS)).rejects.toThrow();
  });
});

describe('without METRICS_PORT', () => {
  it('nothing listens', async () => {
    const plain = await startApp();
    expect(await plain.nest.get(MetricsServer).listen()).toBeUndefined();
  });
});
