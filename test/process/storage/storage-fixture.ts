import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { customType, bigint, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Configuration } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';

const PROGRAM = fileURLToPath(new URL('./holder.mjs', import.meta.url));
const SERVER = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** A table with every type that the service stores. */
export const things = pgTable('things', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  raw: bytea(),
  doc: jsonb(),
  at: timestamp({ withTimezone: true, precision: 3 }),
  n: bigint({ mode: 'bigint' }),
  tags: text().array(),
});

const STATEMENTS = [
  `CREATE TABLE "things" ("id" uuid PRIMARY KEY NOT NULL, "name" text NOT NULL, "raw" bytea, "doc" jsonb,
     "at" timestamp(3) with time zone, "n" bigint, "tags" text[])`,
  'CREATE UNIQUE INDEX "things_name" ON "things" ("name")',
];

/** A directory that goes when the test does; `data` is for the database, `drizzle` holds migrations. */
export class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'storage-'));
  readonly dataDir = join(this.root, 'data');
  readonly migrations = join(this.root, 'drizzle');
  private readonly children: ChildProcess[] = [];

  constructor() {
    mkdirSync(join(this.migrations, 'meta'), { recursive: true });
    this.writeMigrations(STATEMENTS);
  }

  /** As a newer version of the code brings one. */
  addMigration(statement: string): void {
    this.writeMigrations([...STATEMENTS, statement]);
  }

  private writeMigrations(statements: readonly string[]): void {
    const entries = statements.map((sql, idx) => {
      writeFileSync(join(this.migrations, `${idx}.sql`), sql);
      return { idx, version: '7', when: 1_700_000_000_000 + idx, tag: `${idx}`, breakpoints: true };
    });
    const journal = { version: '7', dialect: 'postgresql', entries };
    writeFileSync(join(this.migrations, 'meta', '_journal.json'), JSON.stringify(journal));
  }

  database(databaseUrl?: string): Database {
    const settings = { dataDir: this.dataDir, databaseUrl, databaseWaitSeconds: 0 };
    return new Database(settings as Configuration);
  }

  /** Another process that opens the database here and does what the word says. */
  holder(word: string): Holder {
    const child = spawn(process.execPath, [PROGRAM, this.dataDir, this.migrations, word]);
    this.children.push(child);
    return new Holder(child);
  }

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A child process and what it has said, a line of JSON at a time. */
export class Holder {
  readonly lines: Record<string, unknown>[] = [];
  readonly exited: Promise<[number | null]>;

  constructor(readonly child: ChildProcess) {
    this.exited = once(child, 'exit') as Promise<[number | null]>;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
    });
    child.stderr!.pipe(process.stderr);
  }

  /** Waits until it has said so many lines. */
  async said(count: number): Promise<Record<string, unknown>[]> {
    while (this.lines.length < count && this.child.exitCode === null) await pause(5);
    return this.lines;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** An empty database of its own name on the server that runs here. */
export class ServerDatabase {
  private constructor(
    readonly name: string,
    readonly url: string,
  ) {}

  /** Undefined where no server runs; on the CI machine that is a failure, not a reason to skip. */
  static async create(): Promise<ServerDatabase | undefined> {
    const name = `storage_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
    try {
      await administer(`CREATE DATABASE ${name}`);
    } catch (error) {
      if (process.env['CI'] === 'true') throw error;
      return undefined;
    }
    const url = new URL(SERVER);
    url.pathname = `/${name}`;
    return new ServerDatabase(name, url.href);
  }

  async drop(): Promise<void> {
    await administer(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

/** One statement on the server's own database. */
export async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
