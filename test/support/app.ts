import 'reflect-metadata';
import { afterAll } from '@jest/globals';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { furnish, start } from '../../src/app.js';
import { Clock } from '../../src/platform/clock/index.js';
import { loadConfiguration, type Configuration } from '../../src/platform/config/index.js';
import { Database } from '../../src/platform/database/index.js';
import { EventLoop } from '../../src/platform/event-loop/index.js';
import { createHttpAdapter, listen } from '../../src/platform/http/index.js';
import { Timers } from '../../src/platform/timers/index.js';
import { HttpClient } from './http-client.js';
import { FrozenClock } from './frozen-clock.js';
import { makePlace, type Place } from './place.js';

/** The issuer of every app under test, whatever port it listens on. */
export const ISSUER = 'https://auth.test.example';

/** The cheapest hashes that argon2 knows: no test measures their strength. */
const CHEAP_HASHES = { PASSWORD_HASH_MEMORY: '8', PASSWORD_HASH_TIME: '1' };

export interface AppOptions {
  /** Variables, as an operator sets them. */
  readonly env?: Record<string, string>;
  /** Feature modules beside the app's own, as another team would add them. */
  readonly modules?: readonly (Type | DynamicModule)[];
  /** Before the routes are made: for what a test adds to the server itself. */
  readonly prepare?: (nest: NestFastifyApplication) => void;
  /** Where it listens, in place of one address. */
  readonly host?: string;
  /** In place of a fresh database. */
  readonly at?: Place;
  /** Time-outs that a test can wait for. */
  readonly limits?: Parameters<typeof createHttpAdapter>[0];
}

/** How another node differs. */
export interface Neighbourhood {
  readonly clock?: FrozenClock;
  /** Another way to the same database. */
  readonly databaseUrl?: string;
  readonly env?: AppOptions['env'];
}

/** The whole app as it is served, on a database and a port of its own, by a clock that a test moves. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly http: HttpClient;
  readonly clock: FrozenClock;
  readonly configuration: Configuration;
  readonly place: Place;
  /** Raw SQL, for what no endpoint does yet and for looking at what is stored. */
  sql<T extends object = Record<string, unknown>>(statement: string): Promise<T[]>;
  /** Stops it and starts another on the same data, by the same clock. */
  restart(options?: AppOptions): Promise<TestApp>;
  /** Another node on the same database, by the same clock if none is given; on a server only. */
  beside(other?: Neighbourhood): Promise<TestApp>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** A test runs what is due by `runAll`; a timer would do it in the middle of another test's sentence. */
class StillTimers extends Timers {
  override start(): void {}
}

/** By a clock that a test moves, every move would be a delay. */
class TimelyLoop extends EventLoop {
  override start(): void {}
}

const running = new Set<TestApp>();
// Also those of a test that failed half-way: what listens on would keep the whole run from ending.
afterAll(async () => {
  for (const app of running) await app.stop();
});

/** Starts an app on a fresh database; it is stopped after the file's last test, if not before. */
export async function startApp(options: AppOptions = {}): Promise<TestApp> {
  return startAt(options.at ?? (await makePlace()), new FrozenClock(), options);
}

/** The app with its routes made and described, and nothing opened. */
export async function assemble(
  configuration: Configuration,
  clock: Clock,
  { modules = [], prepare, limits }: AppOptions = {},
): Promise<NestFastifyApplication> {
  const testing = await Test.createTestingModule({
    imports: [AppModule.forRoot(configuration), ...modules],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .overrideProvider(Timers)
    .useValue(new StillTimers())
    .overrideProvider(EventLoop)
    .useValue(new TimelyLoop(configuration, clock))
    .compile();
  const nest = testing.createNestApplication<NestFastifyApplication>(createHttpAdapter(limits), {
    bodyParser: false,
    logger: false,
  });
  prepare?.(nest);
  return furnish(nest);
}

/** The configuration of a test, from variables and from nothing else. */
export function configurationOf(place: Pick<Place, 'dataDir' | 'databaseUrl'>, env: AppOptions['env'] = {}) {
  const { dataDir, databaseUrl } = place;
  const given = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    ISSUER,
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    // Tests make more of everything than one client may; those of the limits turn them on.
    RATE_LIMITS: 'off',
    // Nothing reads the feed while a test moves the clock; those of the feed turn it on.
    REVOCATION_STALE: 'allow',
  };
  return loadConfiguration({ ...given, ...CHEAP_HASHES, ...env }, dataDir);
}

async function startAt(place: Place, clock: FrozenClock, options: AppOptions): Promise<TestApp> {
  const configuration = configurationOf(place, options.env);
  const nest = await assemble(configuration, clock, options);
  try {
    await start(nest);
    await listen(nest, 0, options.host ?? '127.0.0.1');
  } catch (error) {
    await nest.close();
    await place.remove();
    throw error;
  }
  const http = new HttpClient(await nest.getUrl());
  const close = async () => {
    running.delete(app);
    http.close();
    await nest.close();
  };
  const app: TestApp = {
    nest,
    http,
    clock,
    configuration,
    place,
    async sql<T extends object>(statement: string) {
      return (await nest.get(Database).orm.execute(statement)).rows as T[];
    },
    async restart(next = options) {
      await close();
      return startAt(place, clock, next);
    },
    beside({ clock: its = clock, databaseUrl = place.databaseUrl, env } = {}) {
      const there = { ...place, databaseUrl, remove: async () => undefined };
      return startAt(there, its, { ...options, env: { ...options.env, ...env } });
    },
    async stop() {
      await close();
      await place.remove();
    },
  };
  running.add(app);
  return app;
}
