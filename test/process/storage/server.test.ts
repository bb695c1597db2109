import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { type Database, DatabaseUnavailable } from '../../../src/platform/database/index.js';
import { Line } from '../../support/line.js';
import { administer, pause, Place, ServerDatabase } from './storage-fixture.js';

const server = await ServerDatabase.create();

(server ? describe : describe.skip)('a PostgreSQL server', () => {
  const open: Database[] = [];
  const place = new Place();

  afterEach(async () => {
    await Promise.all(open.splice(0).map((database) => database.close()));
  });

  afterAll(async () => {
    await server?.drop();
    place.remove();
  });

  async function opened(url = server!.url): Promise<Database> {
    const database = place.database(url);
    open.push(database);
    await database.open(place.migrations);
    return database;
  }

  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error) => DatabaseUnavailable.explains(error),
    );

  it('is migrated once by nodes that start together', async () => {
    const nodes = Array.from({ length: 4 }, () => place.database(server!.url));
    open.push(...nodes);
    const openings = await Promise.all(nodes.map((node) => node.open(place.migrations)));
    expect(openings.map((opening) => opening.migrationsApplied).sort()).toEqual([0, 0, 0, 2]);
  });

  it('is named without the password', async () => {
    const url = new URL(server!.url);
    url.password = 'hunter2';
    const database = place.database(url.href);
    open.push(database);
    const { where } = await database.open(place.migrations);
    expect(where).toBe(`${url.hostname}:${url.port || 5432}/${server!.name}`);
  });

  it('cuts long transactions itself too', async () => {
    const database = await opened();
    const limits = await database.transaction(async (tx) => {
      const statement = sql`select current_setting('statement_timeout') as s,
        current_setting('idle_in_transaction_session_timeout') as i, current_setting('transaction_isolation') as l`;
      return (await tx.execute(statement)).rows[0];
    });
    expect(limits).toEqual({ s: '10s', i: '10s', l: 'read committed' });
  });

  it('cuts long statements outside a transaction, too, on a connection with a backend of its own', async () => {
    const database = await opened();
    const { rows } = await database.orm.execute(sql`select current_setting('statement_timeout') as s`);
    expect(rows).toEqual([{ s: '10s' }]);
  });

  it('may go away and come back', async () => {
    const line = new Line(new URL(server!.url));
    const database = await opened(await line.mend());
    const inTransaction = database.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await pause(300);
      await tx.execute(sql`select 1`);
    });
    const broken = failureOf(inTransaction);
    await pause(100);
    await line.cut();
    expect(await broken).toBe(true);
    expect(await failureOf(database.orm.execute(sql`select 1`))).toBe(true);
    expect(await failureOf(database.transaction(async () => 1))).toBe(true);
    expect(await failureOf(database.ping())).toBe(true);
    await line.mend();
    await expect(database.ping()).resolves.toBeUndefined();
    await expect(database.transaction(async () => 1)).resolves.toBe(1);
    await database.close();
    await line.cut();
  });

  it('may end connections, idle and busy ones', async () => {
    const database = await opened();
    const busy = failureOf(database.orm.execute(sql`select pg_sleep(5)`));
    await database.ping(); // a second connection, idle afterwards
    await administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${server!.name}'`,
    );
    expect(await busy).toBe(true);
    await pause(50);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('fails the start when it cannot be reached', async () => {
    const line = new Line(new URL(server!.url));
    const url = await line.mend();
    await line.cut();
    const failure = place.database(url).open(place.migrations);
    await expect(failure).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
  });
});
