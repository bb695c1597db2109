import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { administer, ServerDatabase } from './storage/storage-fixture.js';
import { Api } from './support/api.js';
import { Line } from '../support/line.js';
import { pause, until } from '../support/until.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const stage = new Stage();
const server = await ServerDatabase.create();
const dataDir = stage.dataDir();

afterEach(() => stage.end());
afterAll(async () => {
  stage.remove();
  await server?.drop();
});

(server ? describe : describe.skip)('a PostgreSQL server that is away', () => {
  const urlWithPassword = (url: string) => {
    const shown = new URL(url);
    shown.password = 'hunter2';
    return shown.href;
  };

  it('at start is waited for, which is said once, and the start goes on', async () => {
    const line = new Line(new URL(server!.url));
    const url = await line.mend();
    await line.cut();
    const service = stage.service({ DATA_DIR: dataDir, DATABASE_URL: urlWithPassword(url) });
    expect(await until(() => service.stderr.includes('waiting for it'))).toBe(true);
    await pause(1500);
    expect(service.running).toBe(true);
    await line.mend();
    const api = new Api(await service.ready());
    expect((await api.get('/health/ready')).status).toBe(200);
    expect(service.stderr.trim().split('\n')).toHaveLength(1);
    expect(service.stderr).toContain('connection refused');
    expect(service.stderr + service.stdout).not.toContain('hunter2');
    await service.end();
    await line.cut();
  });

  it.each([
    ['0', 'does not answer (connection refused). Start it'],
    ['1s', 'Waited 1 s for it (DATABASE_WAIT)'],
  ])('at start, and stays away: after DATABASE_WAIT=%s it ends, and says why', async (wait, said) => {
    const line = new Line(new URL(server!.url));
    const url = await line.mend();
    await line.cut();
    const settings = { DATA_DIR: dataDir, DATABASE_URL: urlWithPassword(url), DATABASE_WAIT: wait };
    const { code, stdout, stderr } = await stage.service(settings).ended();
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/hunter2|^\s+at /m);
  });

  it('while running: what needs it is told so, what does not goes on, and all of it recovers', async () => {
    const line = new Line(new URL(server!.url));
    const url = await line.mend();
    const service = stage.service({ DATA_DIR: dataDir, DATABASE_URL: url });
    const api = new Api(await service.ready());
    expect((await api.register('kim@example.com')).status).toBe(201);
    const seen = await api.token('kim@example.com');
    const unseen = await api.token('kim@example.com');
    expect((await api.get('/protected', seen)).status).toBe(200);

    await line.cut();
    const refused = await api.login('kim@example.com');
    expect([refused.status, refused.body.code]).toEqual([503, 'service_unavailable']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await api.register('lee@example.com')).status).toBe(503);
    expect((await api.get('/users/me', seen)).status).toBe(503);
    expect((await api.get('/health/live')).status).toBe(200);
    const ready = await api.get('/health/ready');
    expect([ready.status, ready.body.checks]).toEqual([503, { database: 'unavailable', keys: 'ok' }]);
    expect((await api.get('/protected', seen)).status).toBe(200);
    expect((await api.get('/protected', unseen)).status).toBe(200);
    expect((await api.get('/protected', `${unseen.slice(0, -2)}AA`)).status).toBe(401);
    expect((await api.get('/.well-known/jwks.json')).status).toBe(200);

    await line.mend();
    expect(await until(async () => (await api.get('/health/ready')).status === 200)).toBe(true);
    expect((await api.login('kim@example.com')).status).toBe(200);
    expect((await api.register('lee@example.com')).status).toBe(201);
    expect(service.running).toBe(true);
    await service.end();
    await line.cut();
  });

  describe('a sign-out whose COMMIT is not answered', () => {
    let line: Line;
    let api: Api;
    let tokens: { access_token: string; refresh_token: string };

    beforeEach(async () => {
      line = new Line(new URL(server!.url));
      api = new Api(await stage.service({ DATA_DIR: dataDir, DATABASE_URL: await line.mend() }).ready());
      await api.register('choi@example.com');
      tokens = (await api.login('choi@example.com')).body as typeof tokens;
    });
    afterEach(async () => {
      await stage.end();
      await line.cut();
    });

    const looks = async (): Promise<string> => {
      const { status, body } = await api.get('/protected', tokens.access_token);
      return status === 200 ? 'let in' : String(body.code);
    };
    const signOut = (path: string) => api.ask('POST', path, undefined, tokens.access_token);

    it.each(['/auth/logout', '/auth/logout-all'])(
      'and was rolled back: %s is refused, nobody is told that it was done, and repeated it is done',
      async (path) => {
        line.loseCommitAfter('insert into "revocations"', { committed: false });
        expect((await signOut(path)).status).toBe(503);
        expect(line.lost).toBe(true);
        // Never token_revoked: what the session is refused with as revoked, its owner takes for the sign-out.
        const seen = new Set<string>();
        expect(await until(async () => seen.add(await looks()).has('let in'))).toBe(true);
        expect([...seen].filter((word) => word !== 'let in')).toEqual(['service_unavailable']);
        expect((await signOut(path)).status).toBe(204);
        expect(await looks()).toBe('token_revoked');
        const { refresh_token } = tokens;
        expect((await api.ask('POST', '/auth/refresh', { refresh_token })).status).toBe(401);
      },
    );

    it('and was committed: it is found out, and nobody is let in meanwhile', async () => {
      line.loseCommitAfter('insert into "revocations"', { committed: true });
      expect((await signOut('/auth/logout')).status).toBe(503);
      const seen = new Set<string>();
      expect(await until(async () => seen.add(await looks()).has('token_revoked'))).toBe(true);
      expect(seen).not.toContain('let in');
    });
  });

  it('every place of the pool taken by who waits for a lock: 503 in time, and all of it goes on after', async () => {
    const service = stage.service({ DATA_DIR: dataDir, DATABASE_URL: server!.url });
    const api = new Api(await service.ready());
    await api.register('jung@example.com');
    const token = await api.token('jung@example.com');
    const stranger = new pg.Client({ connectionString: server!.url });
    stranger.on('error', () => undefined);
    await stranger.connect();
    await stranger.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    const asked = Array.from({ length: 16 }, () => api.get('/users/me', token));
    expect((await api.get('/protected', token)).status).toBe(200);
    // Whoever waits for a place is told after five seconds; who has one waits on.
    expect((await Promise.race(asked)).body).toMatchObject({ code: 'service_unavailable' });
    await stranger.end();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect([...new Set(statuses)].sort()).toEqual([200, 503]);
    expect((await api.get('/users/me', token)).status).toBe(200);
    expect((await api.get('/health/ready')).status).toBe(200);
  });

  it('while an operator keeps everybody out of it (SQLSTATE 55000), too, and not internal_error', async () => {
    const service = stage.service({ DATA_DIR: dataDir, DATABASE_URL: server!.url });
    const api = new Api(await service.ready());
    await api.register('park@example.com');
    await administer(`ALTER DATABASE ${server!.name} ALLOW_CONNECTIONS false`);
    await administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${server!.name}'`,
    );
    const refused = await api.login('park@example.com');
    expect([refused.status, refused.body.code]).toEqual([503, 'service_unavailable']);
    await administer(`ALTER DATABASE ${server!.name} ALLOW_CONNECTIONS true`);
    expect((await api.login('park@example.com')).status).toBe(200);
    await service.end();
  });
});
