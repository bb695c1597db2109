import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { Api } from './support/api.js';
import { pause, until } from '../support/until.js';
import { Stage } from './support/stage.js';
import { administer, ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(60_000);

const stage = new Stage();
const databases: ServerDatabase[] = [];
/** Undefined where no server runs; on the CI machine that fails. */
const first = await fresh();

async function fresh(): Promise<ServerDatabase | undefined> {
  const database = await ServerDatabase.create();
  if (database) databases.push(database);
  return database;
}

/** The lock under which a node brings the schema up to date, held by the test, so that all nodes meet at it. */
class MigrationLock {
  private constructor(private readonly client: pg.Client) {}

  static async take(connectionString: string): Promise<MigrationLock> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [Number(`0x${Buffer.from('sumun').toString('hex')}`)]);
    return new MigrationLock(client);
  }

  async waiting(): Promise<number> {
    const { rows } = await this.client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]!.n;
  }

  async release(): Promise<void> {
    await this.client.end();
  }
}

afterEach(() => stage.end());
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  stage.remove();
});

(first ? describe : describe.skip)('on a PostgreSQL server', () => {
  const SECRET_KEY = randomBytes(32).toString('base64url');
  const ISSUER = 'http://auth.example.com';

  const node = (url: string, more: Record<string, string> = {}) =>
    stage.service({ DATABASE_URL: url, DATA_DIR: stage.dataDir(), SECRET_KEY, ISSUER, ...more });

  it('starts, registers, logs in, and stops; nothing is written under DATA_DIR', async () => {
    const dataDir = stage.dataDir();
    const url = new URL(first!.url);
    url.password ||= 'hunter2-hunter2';
    const service = node(url.href, { DATA_DIR: dataDir });
    const api = new Api(await service.ready());
    expect(service.stdout).toContain(`PostgreSQL, ${url.hostname}:${url.port || 5432}/${first!.name}\n`);
    expect(service.stdout + service.stderr).not.toContain(url.password);
    expect((await api.register('kim@example.com')).status).toBe(201);
    expect((await api.get('/protected', await api.token('kim@example.com'))).status).toBe(200);
    const input = 'correct horse battery staple\n';
    const env = { DATABASE_URL: url.href, DATA_DIR: dataDir, SECRET_KEY, ISSUER };
    const made = await stage.command(['users:create', 'lee@example.com'], { env, input }).ended();
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect((await api.login('lee@example.com')).status).toBe(200);
    service.signal('SIGTERM');
    expect(await service.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('three that start at once on an empty database all come up, with the same keys', async () => {
    const database = await fresh();
    const lock = await MigrationLock.take(database!.url);
    const nodes = Array.from({ length: 3 }, () => node(database!.url));
    try {
      expect(await until(async () => (await lock.waiting()) === 3, 30_000)).toBe(true);
    } finally {
      await lock.release();
    }
    const apis = (await Promise.all(nodes.map((each) => each.ready()))).map((origin) => new Api(origin));
    const jwks = await Promise.all(apis.map((api) => api.get('/.well-known/jwks.json')));
    const [keys, ...others] = jwks.map(({ body }) => body.keys as { kid: string }[]);
    expect(keys!.length).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(keys);
    const migrated = nodes.filter(({ stdout }) => /migrations \d+ applied/.test(stdout));
    expect(migrated).toHaveLength(1);
    expect((await apis[0]!.register('kim@example.com')).status).toBe(201);
    expect((await apis[1]!.register('kim@example.com')).status).toBe(409);
    for (const api of apis) {
      const token = await api.token('kim@example.com');
      const answers = await Promise.all(apis.map((other) => other.get('/protected', token)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
  });

  it('is refused a start where the database is away, with a reason and without the password', async () => {
    const away = new URL(first!.url);
    away.password = 'hunter2-hunter2';
    away.port = '1';
    const gone = new URL(first!.url);
    gone.password = 'hunter2-hunter2';
    gone.pathname = '/sumun_is_not_there';
    const ends = await Promise.all([away, gone].map((url) => node(url.href, { DATABASE_WAIT: '0' }).ended()));
    expect(ends.map(({ code }) => code)).toEqual([69, 78]);
    for (const { stdout, stderr } of ends) {
      expect(stdout).not.toContain('Sumun is ready');
      expect(stdout + stderr).not.toContain('hunter2');
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(ends[0]!.stderr).toMatch(/^The database at \S+ does not answer \(connection refused\)\./);
    expect(ends[1]!.stderr).toMatch(
      /: database "sumun_is_not_there" does not exist\. Check DATABASE_URL\.\n$/,
    );
  });

  it('recovers by itself when its connections are cut while it is asked', async () => {
    const service = node(first!.url);
    const api = new Api(await service.ready());
    await api.register('cut@example.com');
    const token = await api.token('cut@example.com');
    const statuses = new Map<number, number>();
    let asking = true;
    const ask = async (): Promise<void> => {
      while (asking) {
        const { status, body } = await api.get('/users/me', token);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 503) expect(body.code).toBe('service_unavailable');
      }
    };
    const askers = [ask(), ask(), ask()];
    for (let cut = 0; cut < 5; cut += 1) {
      await pause(100);
      await administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${first!.name}'`,
      );
    }
    asking = false;
    await Promise.all(askers);
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(await until(async () => (await api.get('/health/ready')).status === 200, 5_000)).toBe(true);
    expect((await api.get('/users/me', token)).status).toBe(200);
    expect((await api.login('cut@example.com')).status).toBe(200);
    expect(service.running).toBe(true);
    expect(service.stderr).toBe('');
  });
});
