import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { Configuration } from '../config/index.js';
import { Tracing } from '../tracing/index.js';
import { embeddedPool, openPool, serverPool, shownWithoutSecrets } from './connections.js';
import { DirectoryLock } from './directory-lock.js';
import { ensureDatabase } from './embedded-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import { DatabaseRefused, DatabaseUnavailable, named } from './failures.js';
import { HintListener } from './hint-listener.js';
import { applyMigrations, type Inspection, MIGRATIONS_FOLDER } from './migrations.js';
import type { Queryable, Transaction } from './queryable.js';
import { settlingServer } from './own-backend.js';
import { prepareServer, whenReachable } from './server-start.js';
import { drives } from './statement.js';
import { traced } from './traced.js';
import { BEGIN, beginWithCuts, runSingle, runTransaction, settingCuts } from './transactions.js';

/** What opening the database did, for the line that tells the operator. */
export interface DatabaseOpening {
  kind: 'postgres' | 'pglite';
  /** Where it is; never with a password in it. */
  where: string;
  /** Whether this opening made the embedded database; a server's is never made here. */
  created: boolean;
  migrationsApplied: number;
}

/** The embedded database of this process and the lock on its directory. */
interface Embedded {
  engine: EmbeddedEngine;
  lock: DirectoryLock;
}

const PING_LIMIT_MS = 2_000;

/** The database of the service: PostgreSQL where `DATABASE_URL` names one, else the embedded one. */
@Injectable()
export class Database implements OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private opening: Promise<DatabaseOpening> | undefined;
  private embedded: Embedded | undefined;
  private pool: pg.Pool | undefined;
  private queries: NodePgDatabase | undefined;
  private begin = '';
  private readonly inspections: Inspection[] = [];
  private readonly watch = (client: pg.PoolClient) => traced(client, this.tracing);

  constructor(
    private readonly configuration: Configuration,
    private readonly tracing: Tracing = new Tracing(configuration),
  ) {}

  /** Has the inspection look at the database at every opening but the first, before it is migrated. */
  beforeMigrating(inspection: Inspection): void {
    this.inspections.push(inspection);
  }

  /** Connects and brings the schema up to date; a second call answers what the first one did. */
  open(migrationsFolder = MIGRATIONS_FOLDER): Promise<DatabaseOpening> {
    const { databaseUrl } = this.configuration;
    this.opening ??= (
      databaseUrl ? this.openServer(databaseUrl, migrationsFolder) : this.openEmbedded(migrationsFolder)
    ).catch(async (error: unknown) => {
      await this.close();
      throw named(error);
    });
    return this.opening;
  }

  /** Waits for what is under way, then lets go of everything, the data directory last. */
  async close(): Promise<void> {
    const { pool, embedded } = this;
    this.pool = this.queries = this.embedded = this.opening = undefined;
    await pool?.end();
    await embedded?.engine.stop();
    embedded?.lock.release();
  }

  /** Nest's word for the end of the application. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Single statements, each its own transaction. */
  get orm(): NodePgDatabase {
    if (!this.queries) throw new DatabaseUnavailable('The database is not open.');
    return this.queries;
  }

  /** How many connections there are. */
  get connections(): { busy: number; idle: number } {
    const { totalCount = 0, idleCount = 0 } = this.pool ?? {};
    return { busy: totalCount - idleCount, idle: idleCount };
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.pool?.waitingCount ?? 0;
  }

  /**
   * Runs the work in one READ COMMITTED transaction of at most ten seconds; commits when it resolves, rolls
   * back when it throws. Inside, ask `tx` only: the embedded database has a single connection, and `orm`
   * would wait for it in vain.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (!this.pool) return Promise.reject(new DatabaseUnavailable('The database is not open.'));
    const { pool, begin, watch } = this;
    return this.tracing.within('transaction', () => runTransaction(pool, begin, work, { watch }));
  }

  /** Runs one statement, and `ask`s it of what it is given: in a transaction of its own, with the same cut. */
  single<T>(work: (on: Queryable) => Promise<T>): Promise<T> {
    if (!this.pool) return Promise.reject(new DatabaseUnavailable('The database is not open.'));
    const { pool, begin, watch } = this;
    return runSingle(pool, begin, work, { watch });
  }

  /** Resolves when the database answers; rejects when it does not within two seconds. */
  async ping(): Promise<void> {
    const { pool } = this;
    if (!pool) throw new DatabaseUnavailable('The database is not open.');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new DatabaseUnavailable(`The database did not answer within ${PING_LIMIT_MS} ms.`);
      timer = setTimeout(() => reject(error), PING_LIMIT_MS);
    });
    try {
      await Promise.race([pool.query('SELECT 1'), late]);
    } catch (error) {
      throw named(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Calls back when another node says that something changed, and when it may have said so unheard.
   *
   * @returns how to stop; undefined on the embedded database, where there is no other node
   */
  listen(onHint: () => void): (() => Promise<void>) | undefined {
    const url = this.configuration.databaseDirectUrl ?? this.configuration.databaseUrl;
    if (url === undefined) return undefined;
    const notify = (channel: string) => this.orm.execute(sql`SELECT pg_notify(${channel}, '')`);
    const listener = new HintListener(url, onHint, notify);
    listener.start();
    return () => listener.stop();
  }

  /** How often the embedded database made its writes durable since it opened; nothing on a server. */
  async embeddedFsyncs(): Promise<number | undefined> {
    return this.embedded?.engine.fsyncs();
  }

  /** Writes all that is committed to a new file; of the embedded database only. */
  async backUp(path: string): Promise<void> {
    if (!this.embedded) throw new DatabaseRefused('Only the embedded database is backed up here.');
    await this.embedded.engine.backUp(path);
  }

  /**
   * For the control socket: says in the lock file where it listens. Answers whether there is an embedded
   * database to say it for.
   */
  announceControl(place: string | null): boolean {
    this.embedded?.lock.announce(place);
    return this.embedded !== undefined;
  }

  private async openServer(url: string, folder: string): Promise<DatabaseOpening> {
    const direct = this.configuration.databaseDirectUrl ?? url;
    const { version, migrationsApplied } = await whenReachable(
      direct,
      this.configuration.databaseWaitSeconds,
      () => prepareServer(direct, folder, this.inspections),
    );
    this.begin = beginWithCuts(version);
    const pool = this.usePool({ ...serverPool(url), verify: settlingServer(settingCuts(version)) });
    await whenReachable(url, this.configuration.databaseWaitSeconds, () => pool.query('SELECT 1'));
    return { kind: 'postgres', where: shownWithoutSecrets(url), created: false, migrationsApplied };
  }

  private async openEmbedded(folder: string): Promise<DatabaseOpening> {
    const directory = join(this.configuration.dataDir, 'pglite');
    const lock = DirectoryLock.take(this.configuration.dataDir);
    this.embedded = { engine: new EmbeddedEngine(directory), lock };
    const created = await ensureDatabase(directory);
    // No timers in WebAssembly, so no cuts on the server's side: this process makes them.
    this.begin = BEGIN;
    const migrationsApplied = await this.migrateEmbedded(folder);
    if (migrationsApplied > 0) {
      // What migrating took of memory, WebAssembly never gives back: the service begins with a fresh thread.
      await this.pool?.end();
      await this.embedded.engine.stop();
      this.embedded.engine = new EmbeddedEngine(directory);
      await this.embedded.engine.ready();
      this.usePool(embeddedPool(this.embedded.engine));
    }
    return { kind: 'pglite', where: directory, created, migrationsApplied };
  }

  private async migrateEmbedded(folder: string): Promise<number> {
    const { engine } = this.embedded!;
    await engine.ready();
    const client = await this.usePool(embeddedPool(engine)).connect();
    try {
      return await engine.unhurried(() => applyMigrations(client, folder, this.inspections));
    } finally {
      client.release();
    }
  }

  private usePool(config: pg.PoolConfig): pg.Pool {
    const pool = openPool(config, ({ message }) =>
      this.logger.warn(`A database connection was lost: ${message}`),
    );
    this.pool = pool;
    const watched = traced(pool, this.tracing);
    this.queries = drizzle(watched);
    drives(watched, this.queries);
    return pool;
  }
}
