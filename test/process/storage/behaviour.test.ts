import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq, sql } from 'drizzle-orm';
import {
  afterCommit,
  ask,
  type Database,
  DatabaseUnavailable,
  type Queryable,
  violates,
} from '../../../src/platform/database/index.js';
import { runTransaction } from '../../../src/platform/database/transactions.js';
import { pause, Place, ServerDatabase, things } from './storage-fixture.js';

const server = await ServerDatabase.create();
afterAll(() => server?.drop());

const kinds: ['pglite' | 'postgres', string | undefined][] = [['pglite', undefined]];
if (server) kinds.push(['postgres', server.url]);

describe.each(kinds)('storage on %s', (kind, url) => {
  const place = new Place();
  let database: Database;

  beforeAll(async () => {
    database = place.database(url);
    const opening = await database.open(place.migrations);
    expect(opening).toMatchObject({ kind, created: kind === 'pglite', migrationsApplied: 2 });
  }, 60_000);

  afterAll(async () => {
    await database.close();
    place.remove();
  });

  const insert = (name: string) => database.orm.insert(things).values({ id: randomUUID(), name });
  const countOf = async (name: string) => database.orm.$count(things, eq(things.name, name));

  it('gives every type back as it was given', async () => {
    const row = {
      id: randomUUID(),
      name: "한국어 ' \\ \u{1F512}",
      raw: Buffer.from([0, 1, 127, 128, 255]),
      doc: { a: [1, null, { b: "'" }], 한: true },
      at: new Date('2026-11-23T01:02:03.456Z'),
      n: 9_007_199_254_740_993n,
      tags: ['a', 'b,c', '{}', '"'],
    };
    await database.orm.insert(things).values(row);
    const [read] = await database.orm.select().from(things).where(eq(things.id, row.id));
    expect(read).toEqual(row);
    expect(read?.at?.getTime()).toBe(row.at.getTime());
  });

  it('names the constraint that a second row breaks', async () => {
    await insert('taken');
    const error: unknown = await insert('taken').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(violates(error, 'unique', 'things_name')).toBe(true);
    expect(violates(error, 'unique', 'things_pkey')).toBe(false);
    expect(DatabaseUnavailable.explains(error)).toBe(false);
  });

  it('goes on after every kind of failed statement', async () => {
    for (const statement of ['select 1/0', 'selekt', 'select * from nowhere', "select 'x'::int", '']) {
      const failure = await database.orm.execute(sql.raw(statement)).catch((error: unknown) => error);
      expect(failure instanceof Error).toBe(statement !== '');
      // Another with parameters, which takes the other half of the protocol.
      await database.orm.execute(sql`select ${'x'}::int`).catch(() => undefined);
      expect((await database.orm.execute(sql`select ${1}::int as n`)).rows).toEqual([{ n: 1 }]);
    }
  });

  it('rolls back what throws, and hands the error on as it is', async () => {
    const thrown = new Error('changed my mind');
    const work = database.transaction(async (tx) => {
      await tx.insert(things).values({ id: randomUUID(), name: 'rolled back' });
      throw thrown;
    });
    await expect(work).rejects.toBe(thrown);
    expect(await countOf('rolled back')).toBe(0);
  });

  it('does not take an aborted transaction for a committed one', async () => {
    const work = database.transaction(async (tx) => {
      await tx.insert(things).values({ id: randomUUID(), name: 'swallowed' });
      await tx.execute(sql`select 1/0`).catch(() => undefined);
    });
    await expect(work).rejects.toThrow(/rolled back/);
    expect(await countOf('swallowed')).toBe(0);
  });

  it('asks what is written out, of the database and of a transaction, and of no savepoint', async () => {
    const one = async (on: Queryable) => (await ask<{ n: number }>(on, 'SELECT $1::int AS n', [1])).rows;
    expect(await one(database.orm)).toEqual([{ n: 1 }]);
    expect(await database.transaction(one)).toEqual([{ n: 1 }]);
    await expect(database.transaction((tx) => tx.transaction(one))).rejects.toThrow(/savepoint/);
  });

  it('tells which statement failed, and nothing of what was in it', async () => {
    const failed = await ask(database.orm, 'SELECT  1 / $1::int AS quotient', [0]).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ message: 'Failed: SELECT 1 /', cause: { code: '22012' } });
  });

  it('keeps a savepoint apart from the transaction around it', async () => {
    await database.transaction(async (tx) => {
      await tx.insert(things).values({ id: randomUUID(), name: 'outer' });
      const inner = tx.transaction(async (savepoint) => {
        await savepoint.insert(things).values({ id: randomUUID(), name: 'inner' });
        throw new Error('inner');
      });
      await inner.catch(() => undefined);
    });
    expect([await countOf('outer'), await countOf('inner')]).toEqual([1, 0]);
  });

  it('runs effects after the commit, and none after a rollback', async () => {
    const seen: string[] = [];
    await database.transaction(async (tx) => {
      afterCommit(tx, () => seen.push('committed'));
      await tx.execute(sql`select 1`);
      seen.push('worked');
    });
    const failed = database.transaction(async (tx) => {
      afterCommit(tx, () => seen.push('never'));
      await tx.transaction(async (savepoint) => afterCommit(savepoint, () => seen.push('lost')));
    });
    await expect(failed).rejects.toThrow(/savepoint/);
    expect(seen).toEqual(['worked', 'committed']);
  });

  it('runs twenty transactions at once without mixing them up', async () => {
    const counter = randomUUID();
    await database.orm.insert(things).values({ id: counter, name: 'counter', n: 0n });
    const add = (i: number) =>
      database.transaction(async (tx) => {
        await tx
          .update(things)
          .set({ n: sql`${things.n} + 1` })
          .where(eq(things.id, counter));
        return (await tx.execute<{ i: number }>(sql`select ${i}::int as i`)).rows[0]?.i;
      });
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    expect(await Promise.all(numbers.map(add))).toEqual(numbers);
    const [row] = await database.orm.select().from(things).where(eq(things.id, counter));
    expect(row?.n).toBe(20n);
  });

  it('cuts a transaction that does not end, and forgets what it wrote', async () => {
    const work = runTransaction(
      database['pool']!,
      'BEGIN',
      async (tx) => {
        await tx.insert(things).values({ id: randomUUID(), name: 'cut' });
        await pause(600);
        await tx.insert(things).values({ id: randomUUID(), name: 'cut too' });
      },
      { cutMs: 300 },
    );
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    expect(DatabaseUnavailable.explains(error)).toBe(true);
    await pause(400);
    expect([await countOf('cut'), await countOf('cut too')]).toEqual([0, 0]);
  });

  it('keeps a statement that is written out on its connection, and knows it anew on the next', async () => {
    const text = 'SELECT count(*)::int AS kept FROM pg_prepared_statements WHERE statement = $1';
    const kept = async () =>
      (await database.single((on) => ask<{ kept: number }>(on, text, [text]))).rows[0]!.kept;
    expect([await kept(), await kept()]).toEqual([1, 1]);
    const client = await database['pool']!.connect();
    client.release(true);
    expect(await kept()).toBe(1);
  });

  it.each(['single', 'transaction'] as const)('has the server cut it, too: %s', async (kindOfWork) => {
    const text = "SELECT current_setting('statement_timeout') AS cut, 1 + $1::int AS sum";
    const { rows } = await database[kindOfWork]((on) => ask(on, text, [1]));
    // Without timers in WebAssembly only this process can.
    expect(rows).toEqual([{ cut: kind === 'postgres' ? '10s' : '0', sum: 2 }]);
  });

  it('leaves nothing of one connection to the next', async () => {
    const client = await database['pool']!.connect();
    await client.query("SET application_name = 'left behind'; CREATE TEMP TABLE left_behind (x int); BEGIN");
    client.release(true);
    const { rows } = await database.orm.execute(
      sql`select current_setting('application_name') as name, to_regclass('left_behind') as made`,
    );
    expect(rows).toEqual([{ name: expect.not.stringContaining('left'), made: null }]);
  });

  it('reads results far larger than one message', async () => {
    const { rows } = await database.orm.execute<{ x: string }>(
      sql`select repeat('x', 1000) || i as x from generate_series(1, 5000) as i`,
    );
    expect(rows).toHaveLength(5000);
    expect(rows.at(-1)?.x).toBe('x'.repeat(1000) + '5000');
    const wide = 'y'.repeat(3_000_000);
    expect((await database.orm.execute(sql`select ${wide}::text as y`)).rows).toEqual([{ y: wide }]);
  });

  it('leaves the thread of the service free while a statement runs', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 10);
    await database.orm.execute(sql`select count(*) from generate_series(1, 3000000)`);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('answers a ping', async () => {
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('applies migrations once, and says of a closed database that it is away', async () => {
    await database.close();
    await expect(database.transaction(async () => 1)).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
    await expect(database.ping()).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
    database = place.database(url);
    expect(await database.open(place.migrations)).toMatchObject({ created: false, migrationsApplied: 0 });
    expect(await countOf('taken')).toBe(1);
  });

  it('lets a database be looked at before it is migrated, and changes nothing where that is refused', async () => {
    await database.close();
    place.addMigration('ALTER TABLE "things" ADD COLUMN "later" text');
    database = place.database(url);
    let seen = 0;
    database.beforeMigrating(async (before) => {
      seen = await before.$count(things);
      throw new Error('not this one');
    });
    await expect(database.open(place.migrations)).rejects.toThrow('not this one');
    expect(seen).toBeGreaterThan(0);
    database = place.database(url);
    expect(await database.open(place.migrations)).toMatchObject({ migrationsApplied: 1 });
  });
});
