import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { Configuration } from '../../src/platform/config/index.js';
import { Database } from '../../src/platform/database/index.js';
import { ServerDatabase } from './storage/storage-fixture.js';
import { Api } from './support/api.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
/** The embedded database in one run of the suite, the server in the other. */
const server = process.env['TEST_DATABASE_URL'] ? await ServerDatabase.create() : undefined;
const dataDir = server ? stage.dataDir() : stage.preparedDataDir();
const SECRET_KEY = Buffer.alloc(32, 7).toString('base64url');
const env = { DATA_DIR: dataDir, DATABASE_URL: server?.url, SECRET_KEY, LOG_LEVEL: 'warn' };

afterAll(async () => {
  await stage.end();
  stage.remove();
  await server?.drop();
});

const run = (...args: string[]) => stage.command(['audit:verify', ...args], { env }).ended();

const [DISABLED, ENABLED] = ['DISABLE', 'ENABLE'].map(
  (what) => `ALTER TABLE audit_events ${what} TRIGGER USER`,
) as [string, string];

/** As whoever owns the database can: the trigger is taken off, and put on again. */
async function tamper(...statements: string[]): Promise<void> {
  const { DATA_DIR, DATABASE_URL } = env;
  const database = new Database({
    dataDir: DATA_DIR,
    databaseUrl: DATABASE_URL,
    databaseWaitSeconds: 0,
  } as Configuration);
  await database.open();
  try {
    for (const statement of [DISABLED, ...statements, ENABLED])
      await database.orm.execute(sql.raw(statement));
  } finally {
    await database.close();
  }
}

describe(`audit:verify, on ${server ? 'a server' : 'the embedded database'}`, () => {
  let head: string;

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/--head <head>[^]*--json/)]);
    expect(stdout.replace(/\s+/g, ' ')).toContain('exit 1 if so');
  });

  it('beside a running service: 0 for a log that nobody touched, and 65 for a former key that is none', async () => {
    const service = stage.service(env);
    const api = new Api(await service.ready());
    expect((await api.register('kim@example.com')).status).toBe(201);
    for (let i = 0; i < 8; i++)
      expect((await api.login('kim@example.com', 'not the password')).status).toBe(401);
    const { code, stdout, stderr } = await run('--json');
    expect([code, stderr, stdout.split('\n').length]).toEqual([0, '', 2]);
    const told = JSON.parse(stdout) as { rows: number; unsealed: number };
    expect(told).toMatchObject({ intact: true, findings: [] });
    // The keys of the first start, the registration, the logins.
    expect(told.rows + told.unsealed).toBe(10);
    const file = join(stage.folder(), 'former');
    writeFileSync(file, `${SECRET_KEY}\n\nno key\n`);
    const refused = await run('--former-keys', file);
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      65,
      '',
      'Of --former-keys, number 2 is no SECRET_KEY.\n',
    ]);
    service.signal('SIGTERM');
    expect((await service.ended()).code).toBe(0);
  });

  it('beside none: 0, and all that the stop has sealed', async () => {
    const { code, stdout, stderr } = await run();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Nothing was changed: 10 sealed row\(s\), 0 not sealed yet; head 10:\S{43}\.\n$/);
    head = /head (\S+)\.\n/.exec(stdout)![1]!;
  });

  it('edit, deletion, reordering and a cut tail: 1, each with its place', async () => {
    await tamper(
      `UPDATE audit_events SET details = '{"n":0}' WHERE seal_no = 2`,
      'DELETE FROM audit_events WHERE seal_no = 4',
      // Two rows change places.
      ...[
        [6, 0],
        [8, 6],
        [0, 8],
      ].map(([from, to]) => `UPDATE audit_events SET seal_no = ${to} WHERE seal_no = ${from}`),
      'DELETE FROM audit_events WHERE seal_no = 10',
    );
    const { code, stdout, stderr } = await run('--head', head);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.split('\n').map((line) => line.replace(/, id [0-9a-f-]{36}/, ''))).toEqual([
      expect.stringMatching(/^edited at no 2: not as the service wrote it/),
      'missing at no 4: removed',
      expect.stringMatching(/^misplaced at no 6–9: /),
      expect.stringMatching(/^cut at no 10: /),
      expect.stringMatching(/^4 finding\(s\): 8 sealed row\(s\), 0 not sealed yet; head 9:\S{43}\.$/),
      '',
    ]);
  });

  it('beside a running service, of what was tampered with: 1, as JSON', async () => {
    await stage.service(env).ready();
    const { code, stdout, stderr } = await run('--json');
    expect([code, stderr]).toEqual([1, '']);
    const { intact, findings } = JSON.parse(stdout) as { intact: boolean; findings: { kind: string }[] };
    expect([intact, findings.map(({ kind }) => kind)]).toEqual([false, ['edited', 'missing', 'misplaced']]);
  });
});
