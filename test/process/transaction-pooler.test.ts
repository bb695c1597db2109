import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { claimsOf } from '../builders/access-tokens.js';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';
import { Api } from './support/api.js';
import { findPgbouncer } from './support/installed.js';
import type { Program } from './support/program.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(120_000);

const stage = new Stage();
/** Undefined where they are missing; on the CI machine that fails. */
const pgbouncer = findPgbouncer();
const probe = await ServerDatabase.create();
await probe?.drop();

const SOON_MS = 20_000;
const EMAIL = 'kim@example.com';

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** PgBouncer in front of the server; each transaction is given the connection that has waited longest. */
async function startPooler(database: ServerDatabase): Promise<string> {
  const { hostname, port, username, password } = new URL(database.url);
  const own = await freePort();
  const file = join(stage.folder(), 'pgbouncer.ini');
  const secret = password === '' ? '' : ` password=${decodeURIComponent(password)}`;
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${port || 5432} user=${decodeURIComponent(username)}${secret}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${own}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'server_round_robin = 1',
    'min_pool_size = 4',
    'default_pool_size = 8',
    // It does not run as root, and gives itself another name where a test does.
    ...(process.getuid?.() === 0 ? ['user = nobody'] : []),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  await stage.program(pgbouncer!, [file]).listening(own);
  return `postgres://sumun@127.0.0.1:${own}/${database.name}`;
}

/** "sumun" in ASCII. */
const MIGRATION_LOCK = Number(`0x${Buffer.from('sumun').toString('hex')}`);
const WARNING = 'Hints of changes do not arrive';

(pgbouncer && probe ? describe : describe.skip)('behind a transaction pooler', () => {
  const SECRET_KEY = randomBytes(32).toString('base64url');
  let database: ServerDatabase;
  let server: pg.Client;
  let pooler: string;

  beforeEach(async () => {
    database = (await ServerDatabase.create())!;
    pooler = await startPooler(database);
    server = new pg.Client({ connectionString: database.url });
    await server.connect();
  });
  afterEach(async () => {
    await stage.end();
    await server.end();
    await database.drop();
  });

  /** Two nodes that start at once on an empty database. */
  async function startTwo(direct?: string): Promise<{ programs: Program[]; apis: [Api, Api] }> {
    const env = { DATABASE_URL: pooler, SECRET_KEY, ISSUER: 'http://auth.example.com' };
    const more = direct === undefined ? {} : { DATABASE_DIRECT_URL: direct };
    const programs = [1, 2].map(() => stage.service({ ...env, ...more, DATA_DIR: stage.dataDir() }));
    const [first, second] = await Promise.all(programs.map((program) => program.ready()));
    return { programs, apis: [new Api(first!), new Api(second!)] };
  }

  const says = async (api: Api, token: string): Promise<string> => {
    const { status, body } = await api.get('/protected', token);
    return status === 200 ? 'alive' : String(body.code);
  };
  const soonSays = (api: Api, token: string, word: string) =>
    until(async () => (await says(api, token)) === word, SOON_MS);

  /** Two sessions, each seen alive by both nodes. */
  async function signInTwice([first, second]: [Api, Api]): Promise<[string, string]> {
    expect((await first.register(EMAIL)).status).toBe(201);
    const tokens: [string, string] = [await first.token(EMAIL), await first.token(EMAIL)];
    for (const token of tokens)
      for (const api of [first, second]) expect(await says(api, token)).toBe('alive');
    return tokens;
  }

  const connections = async (where: string): Promise<number> => {
    const { rows } = await server.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND ${where}`,
    );
    return rows[0]!.n;
  };

  it('with DATABASE_DIRECT_URL migrations and hints go past it, and a hint reaches the other node', async () => {
    const direct = new URL(database.url);
    direct.searchParams.set('application_name', 'direct');
    await server.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const starting = startTwo(direct.href);
    const waiting = until(
      async () => (await connections(`application_name = 'direct' AND wait_event = 'advisory'`)) === 2,
      SOON_MS,
    );
    expect(await waiting).toBe(true);
    await server.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    const { programs, apis } = await starting;
    const [ended, hinted] = await signInTwice(apis);
    const listening = `application_name = 'direct' AND query LIKE '%LISTEN%' AND state = 'idle'`;
    expect(await until(async () => (await connections(listening)) === 2)).toBe(true);
    // Recorded too long ago for the read of each second, which looks back 30 s: only a hint leads to it.
    await server.query(
      `INSERT INTO revocations (kind, subject, keep_until, recorded_at)
       VALUES ('session', $1, '2100-01-01', now() - interval '10 minutes')`,
      [claimsOf(hinted)['sid']],
    );
    for (const api of apis) expect(await soonSays(api, hinted, 'token_revoked')).toBe(true);
    expect((await apis[0].ask('POST', '/auth/logout', undefined, ended)).status).toBe(204);
    expect(await soonSays(apis[1], ended, 'token_revoked')).toBe(true);
    for (const { stdout, stderr } of programs) expect(stdout + stderr).not.toContain(WARNING);
  });

  it('without it the read of each second reaches the other node, and a warning says what to set', async () => {
    const { programs, apis } = await startTwo();
    const [ended] = await signInTwice(apis);
    const warned = () => programs.every(({ stdout, stderr }) => (stdout + stderr).includes(WARNING));
    expect(await until(warned, SOON_MS)).toBe(true);
    expect(programs[0]!.stdout + programs[0]!.stderr).toContain(
      'Set DATABASE_DIRECT_URL to the server itself',
    );
    expect((await apis[0].ask('POST', '/auth/logout', undefined, ended)).status).toBe(204);
    expect(await soonSays(apis[1], ended, 'token_revoked')).toBe(true);
  });

  it('nodes that start at once migrate one after the other, and leave no lock behind', async () => {
    const { programs, apis } = await startTwo();
    const migrated = programs.filter(({ stdout }) => /migrations \d+ applied/.test(stdout));
    expect(migrated).toHaveLength(1);
    const { rows } = await server.query(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(rows).toEqual([]);
    const [one, other] = await Promise.all(apis.map((api) => api.get('/.well-known/jwks.json')));
    expect(one!.body).toEqual(other!.body);
  });
});
