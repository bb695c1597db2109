import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { DatabaseUnavailable, type Database } from '../../../src/platform/database/index.js';
import { NODE_24_ALLOWANCE_BYTES } from '../support/program.js';
import { pause, Place, things } from './storage-fixture.js';

// The tests below break the database on purpose, and it says so.
Logger.overrideLogger(false);

describe('the embedded database', () => {
  let place: Place;
  let database: Database | undefined;

  // Making a database takes seconds: one is made, and copied for the tests that are not about the making.
  const made = new Place();

  beforeAll(async () => {
    const maker = made.database();
    await maker.open(made.migrations);
    await maker.close();
  }, 60_000);

  afterAll(() => made.remove());

  beforeEach(() => {
    place = new Place();
  });

  afterEach(async () => {
    await database?.close();
    database = undefined;
    place.remove();
  });

  function copyMade(): void {
    cpSync(made.dataDir, place.dataDir, { recursive: true });
  }

  async function opened(): Promise<Database> {
    database = place.database();
    await database.open(place.migrations);
    return database;
  }

  it('opens for one of two that start at once, and tells the other by whom it is held', async () => {
    const both = [place.holder('hold'), place.holder('hold')];
    await Promise.all(both.map((holder) => holder.said(1)));
    const [first, second] = both[0]!.lines[0]?.['kind'] ? both : both.reverse();
    expect(first!.lines[0]).toMatchObject({ kind: 'pglite', created: true });
    expect(second!.lines[0]).toMatchObject({ name: 'DatabaseInUse' });
    expect(second!.lines[0]?.['message']).toContain(`process ${first!.child.pid} on host`);
    expect(second!.lines[0]?.['message']).toContain(place.dataDir);
    expect(await second!.exited).toEqual([75, null]);
    expect(first!.child.exitCode).toBeNull();
  }, 60_000);

  it('refuses a second Database of the same process, and leaves the first unharmed', async () => {
    copyMade();
    const first = await opened();
    await expect(place.database().open(place.migrations)).rejects.toMatchObject({ name: 'DatabaseInUse' });
    await expect(first.ping()).resolves.toBeUndefined();
  }, 60_000);

  it('opens at once after kill -9, with every row that was acknowledged', async () => {
    copyMade();
    let killed = 0;
    for (let round = 0; round < 3; round += 1) {
      const writer = place.holder('write');
      await writer.said(40 + round * 30);
      await writer.kill();
      killed += writer.lines.length - 1;
      const again = await opened();
      const { rows } = await again.orm.execute<{ id: string }>(sql`select id::text from things`);
      const kept = new Set(rows.map((row) => row.id));
      const lost = writer.lines.slice(1).filter(({ id }) => !kept.has(String(id)));
      expect(lost).toEqual([]);
      expect(kept.size).toBeGreaterThanOrEqual(killed);
      await again.close();
    }
    expect(killed).toBeGreaterThan(200);
  }, 120_000);

  it('makes nothing that looks like a database when killed while making it', async () => {
    const maker = place.holder('hold');
    const unfinished = () =>
      existsSync(place.dataDir) && readdirSync(place.dataDir).find((n) => /\.new-/.test(n));
    while (!unfinished()) await pause(5);
    await maker.kill();
    expect(existsSync(join(place.dataDir, 'pglite'))).toBe(false);
    database = place.database();
    expect(await database.open(place.migrations)).toMatchObject({ created: true, migrationsApplied: 2 });
    expect(statSync(join(place.dataDir, 'pglite')).mode & 0o777).toBe(0o700);
    await pause(4_000); // the maker's own child may have been writing on
    await database.close();
    await expect(opened()).resolves.toBeDefined();
    expect(unfinished()).toBeUndefined();
  }, 60_000);

  it('does not write over what it did not make', async () => {
    mkdirSync(join(place.dataDir, 'pglite'), { recursive: true });
    writeFileSync(join(place.dataDir, 'pglite', 'thesis.txt'), 'the only copy');
    await expect(place.database().open(place.migrations)).rejects.toThrow(/not empty/);
    expect(readdirSync(join(place.dataDir, 'pglite'))).toEqual(['thesis.txt']);
  });

  it('asks the disk to keep every commit', async () => {
    copyMade();
    const { orm } = await opened();
    const fsyncs = async () => (await database?.embeddedFsyncs()) ?? NaN;
    const before = await fsyncs();
    for (let i = 0; i < 50; i += 1) {
      await orm.insert(things).values({ id: crypto.randomUUID(), name: `row ${i}` });
    }
    expect((await fsyncs()) - before).toBeGreaterThanOrEqual(50);
    const reading = await fsyncs();
    for (let i = 0; i < 50; i += 1) await orm.select().from(things).limit(1);
    expect((await fsyncs()) - reading).toBeLessThan(5);
    const { rows } = await orm.execute(
      sql`select string_agg(setting, ' ' order by name) as s from pg_settings
          where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'wal_sync_method')`,
    );
    expect(rows).toEqual([{ s: 'on on on fsync' }]);
  }, 60_000);

  it('comes back by itself when its thread dies, with what was committed', async () => {
    copyMade();
    const live = await opened();
    await live.orm.insert(things).values({ id: crypto.randomUUID(), name: 'kept' });
    const work = live.transaction(async (tx) => {
      await tx.insert(things).values({ id: crypto.randomUUID(), name: 'lost' });
      await live['embedded']!.engine['live']!.worker.terminate();
      await tx.insert(things).values({ id: crypto.randomUUID(), name: 'lost too' });
    });
    expect(DatabaseUnavailable.explains(await work.catch((error: unknown) => error))).toBe(true);
    // Recovery takes as long as the machine takes to open a database; one ping waits two seconds.
    for (let tries = 0; tries < 10; tries++)
      if (
        await live.ping().then(
          () => true,
          () => false,
        )
      )
        break;
    const rows = await live.orm.select({ name: things.name }).from(things);
    expect(rows).toEqual([{ name: 'kept' }]);
    await expect(place.database().open(place.migrations)).rejects.toMatchObject({ name: 'DatabaseInUse' });
  }, 60_000);

  it('lets the process end once it is closed', async () => {
    copyMade();
    const holder = place.holder('insert');
    expect(await holder.exited).toEqual([0, null]);
  }, 60_000);

  it('stays small, also in the process that had it made', async () => {
    for (const when of ['made', 'opened']) {
      const holder = place.holder('measure');
      const [, measured] = await holder.said(2);
      await holder.exited;
      const megabytes = Math.round(Number(measured?.['rss']) / 1e6);
      process.stdout.write(`resident memory of a process with the database just ${when}: ${megabytes} MB\n`);
      expect(megabytes).toBeLessThan(300 + NODE_24_ALLOWANCE_BYTES / 1e6);
    }
  }, 60_000);
});
