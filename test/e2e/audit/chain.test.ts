import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Finding, Stretch } from '../../../src/audit/index.js';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { Timers } from '../../../src/platform/timers/index.js';
import { startApp, type TestApp } from '../../support/app.js';
import { SECRET_KEY, writeRows } from './audit-rows.js';

/** The embedded database takes half a minute for what a server takes ten seconds for. */
const ROWS = process.env['TEST_DATABASE_URL'] ? 100_000 : 10_000;

/** Runs the command to its end, as the command line does. */
async function verify(app: TestApp, head?: string, former_keys?: string[]) {
  const findings: Finding[] = [];
  for (let state: Stretch['state'] | undefined; ;) {
    const stretch = (await app.nest
      .get(ControlCommands)
      .run('audit:verify', { state, head, former_keys })) as Stretch;
    findings.push(...stretch.findings);
    state = stretch.state;
    if (stretch.unsealed !== undefined)
      return { ...state, unsealed: stretch.unsealed, found: findings.map(shown) };
  }
}

const shown = ({ kind, seal_no, to_seal_no }: Finding) =>
  `${kind} ${seal_no}${to_seal_no === undefined || to_seal_no === seal_no ? '' : `-${to_seal_no}`}`;

const seal = (app: TestApp): Promise<void> => app.nest.get(Timers).runAll();

/** As whoever owns the table can: the trigger is taken off, and put on again. */
async function tamper(app: TestApp, ...statements: string[]): Promise<void> {
  await app.sql('ALTER TABLE audit_events DISABLE TRIGGER USER');
  for (const statement of statements) await app.sql(statement);
  await app.sql('ALTER TABLE audit_events ENABLE TRIGGER USER');
}

const start = () => startApp({ env: { SECRET_KEY } });

describe('the audit log in the database', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await start();
  });

  it('is sealed after the fact, and verified with what is not sealed yet', async () => {
    expect(await verify(app)).toMatchObject({ found: [], rows: 0, unsealed: 1, head: null });
    await app.http.post('/auth/register', { email: 'kim@example.com', password: 'a quiet harbour at dawn' });
    await seal(app);
    const first = await verify(app);
    expect(first).toMatchObject({ found: [], rows: 2, unsealed: 0, head: expect.stringMatching(/^2:/) });
    await app.http.post('/auth/login', { email: 'kim@example.com', password: 'a quiet harbour at dawn' });
    expect(await verify(app)).toMatchObject({ found: [], rows: 2, unsealed: 1 });
    await seal(app);
    expect(await verify(app, first.head!)).toMatchObject({ found: [], rows: 3 });
  });

  it('append-only: no column is changed, no personal field removed without its salt, and no row', async () => {
    await writeRows(app, 1);
    await seal(app);
    const kim = { email: 'kim@example.com', password: 'a quiet harbour at dawn' };
    await app.http.post('/auth/register', kim, { headers: { 'User-Agent': 'harbour/1' } });
    const columns = await app.sql<{ name: string; type: string }>(
      `SELECT attname AS name, atttypid::regtype::text AS type FROM pg_attribute
       WHERE attrelid = 'audit_events'::regclass AND attnum > 0`,
    );
    expect(columns.length).toBeGreaterThan(18);
    // A place is given once, and the rows that have none yet are the sealer's to place.
    const placed = (name: string) => (name.startsWith('seal_') ? ' WHERE seal_no IS NOT NULL' : '');
    const others: Record<string, string> = {
      uuid: 'gen_random_uuid()',
      'timestamp with time zone': 'now()',
      bytea: `'\\x00'`,
      bigint: '7',
      text: `'other'`,
    };
    const statements = [
      ...columns.map(({ name, type }) => `UPDATE audit_events SET ${name} = ${others[type]}${placed(name)}`),
      'UPDATE audit_events SET seal_no = NULL, seal_mac = NULL WHERE seal_no IS NOT NULL',
      ...['email = NULL', 'subject_salt = NULL', 'subject_hash = NULL', 'ip = NULL', 'agent = NULL'],
      ...[
        'actor_salt = NULL',
        'actor_hash = NULL',
        'ip = NULL, agent = NULL',
        'ip = NULL, actor_salt = NULL',
        'agent = NULL, actor_salt = NULL',
      ],
      `email = 'other', subject_salt = NULL`,
      'DELETE FROM audit_events',
      'TRUNCATE audit_events',
    ].map((one) => (/^(UPDATE|DELETE|TRUNCATE)/.test(one) ? one : `UPDATE audit_events SET ${one}`));
    for (const statement of statements) {
      const said = await app.sql(statement).then(
        () => 'done',
        (error: Error) => (error.cause as Error).message,
      );
      expect([statement, said]).toEqual([statement, 'audit_events is append-only']);
    }
    expect(await verify(app)).toMatchObject({ found: [], rows: 2, unsealed: 1 });
  });

  it(`attacks by whoever owns the database, and not SECRET_KEY, are located among ${ROWS} rows`, async () => {
    await writeRows(app, ROWS - 1);
    await seal(app);
    const whole = await verify(app);
    expect(whole).toMatchObject({ found: [], rows: ROWS, unsealed: 0 });
    const [edited, moved, removed, swapped, other, cut] = [1, 3, 5, 7, 11, 18].map((n) => (n * ROWS) / 20);
    await tamper(
      app,
      // edit
      `UPDATE audit_events SET details = '{"n":0}' WHERE seal_no = ${edited}`,
      `UPDATE audit_events SET ip = '198.51.100.1' WHERE seal_no = ${moved}`,
      // deletion
      `DELETE FROM audit_events WHERE seal_no BETWEEN ${removed} AND ${removed! + 2}`,
      // reordering: two rows change places, the one under the other's seal
      `UPDATE audit_events SET seal_no = -1 WHERE seal_no = ${swapped}`,
      `UPDATE audit_events SET seal_no = ${swapped}, seal_mac = (SELECT seal_mac FROM audit_events WHERE seal_no = -1)
       WHERE seal_no = ${other}`,
      // a forged row in a place that is free now, and a replayed one for the sealer to take
      `INSERT INTO audit_events (id, at, type, via, details, key_id, mac, seal_no, seal_mac)
       SELECT gen_random_uuid(), at, 'auth.logged_in', 'http', '{}', key_id, mac, ${removed! + 1}, seal_mac
       FROM audit_events WHERE seal_no = 7`,
      `INSERT INTO audit_events SELECT (json_populate_record(a, json_build_object('id', gen_random_uuid(),
         'seal_no', NULL, 'seal_mac', NULL))).* FROM audit_events a WHERE seal_no = 7`,
      // truncation
      `DELETE FROM audit_events WHERE seal_no > ${cut}`,
    );
    const { found } = await verify(app, whole.head!);
    expect(found).toEqual([
      `edited ${edited}`,
      `edited ${moved}`,
      `missing ${removed}`,
      `edited ${removed! + 1}`,
      `missing ${removed! + 2}`,
      `misplaced ${swapped}`,
      `missing ${other}`,
      'edited null',
      `cut ${cut! + 1}-${ROWS}`,
      'surplus null',
    ]);
  }, 120_000);

  it('a cut tail that the service seals over is found by a head from its log', async () => {
    await writeRows(app, 20);
    await seal(app);
    const { head } = await verify(app);
    await tamper(app, 'DELETE FROM audit_events WHERE seal_no > 15');
    await app.http.post('/auth/login', { email: 'nobody@example.com', password: 'whatever it may be' });
    await seal(app);
    expect(await verify(app)).toMatchObject({ found: [], rows: 16 });
    expect((await verify(app, head!)).found).toEqual(['cut 17-21']);
  });

  it('a crash between two batches leaves a chain that the next start goes on with', async () => {
    await writeRows(app, 1200);
    // The second batch breaks: as though the process had ended there.
    await app.sql(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.seal_no = 700 THEN RAISE 'crash'; END IF; RETURN NEW; END $$`);
    await app.sql('CREATE TRIGGER crash BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION crash()');
    await seal(app);
    expect(await verify(app)).toMatchObject({ found: [], rows: 500, unsealed: 701 });
    await app.sql('DROP TRIGGER crash ON audit_events');
    app = await app.restart();
    await seal(app);
    expect(await verify(app)).toMatchObject({ found: [], rows: 1201, unsealed: 0 });
  });

  it('a login is answered while the sealer hangs: nothing that it does is waited for', async () => {
    await app.http.post('/auth/register', { email: 'kim@example.com', password: 'a quiet harbour at dawn' });
    await app.sql(
      `CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'hangs'; END $$`,
    );
    await app.sql('CREATE TRIGGER crash BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION crash()');
    await seal(app);
    const answer = await app.http.post('/auth/login', {
      email: 'kim@example.com',
      password: 'a quiet harbour at dawn',
    });
    expect(answer.status).toBe(200);
    expect(await verify(app)).toMatchObject({ found: [], rows: 0, unsealed: 3 });
  });

  it('rotation: what was written under a SECRET_KEY before the previous one is verified with it, and named without', async () => {
    const [second, third] = [2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64url')) as [
      string,
      string,
    ];
    const rotate = async (current: string, previous: string) => {
      await seal(app);
      // Signing keys are made anew: those of a key that is not given keep the service from starting.
      await app.sql('DELETE FROM signing_keys');
      app = await app.restart({ env: { SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous } });
    };
    await writeRows(app, 3);
    await rotate(second, SECRET_KEY);
    expect((await verify(app)).found).toEqual([]);
    await rotate(third, second);
    await seal(app);
    expect(await verify(app)).toMatchObject({ found: ['foreign_key 1-4'], rows: 6 });
    expect((await verify(app, undefined, [SECRET_KEY])).found).toEqual([]);
    await tamper(app, `UPDATE audit_events SET details = '{}' WHERE seal_no = 3`);
    expect((await verify(app, undefined, [third, SECRET_KEY])).found).toEqual(['edited 3']);
    await expect(verify(app, undefined, [SECRET_KEY, 'none'])).rejects.toMatchObject({
      code: 'validation_failed',
      message: 'Of --former-keys, number 2 is no SECRET_KEY.',
    });
  });

  it('a head that is none is refused', async () => {
    await expect(verify(app, '12')).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

const onServer = process.env['TEST_DATABASE_URL'] ? describe : describe.skip;

// The embedded database has one process.
onServer('two nodes on one database', () => {
  it('seal at once, and every row has one place', async () => {
    const app = await start();
    await writeRows(app, 5_000);
    const nodes = [app, await app.beside()];
    const login = (node: TestApp) =>
      node.http.post('/auth/login', { email: 'nobody@example.com', password: 'whatever it may be' });
    for (let round = 0; round < 5; round++) {
      await Promise.all(nodes.flatMap((node) => [seal(node), login(node), seal(node), login(node)]));
    }
    await seal(app);
    expect(await verify(app)).toMatchObject({ found: [], rows: 5_021, unsealed: 0 });
    await nodes[1]!.stop();
  });
});
