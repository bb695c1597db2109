import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { EarlyRefusals } from './auth/index.js';
import { describeApp } from './document.js';
import { KeyRing, type KeysLoaded } from './keys/index.js';
import { PasswordsService } from './passwords/index.js';
import { Changes } from './platform/changes/index.js';
import { Configuration } from './platform/config/index.js';
import { ControlServer } from './platform/control/index.js';
import { Secrets } from './platform/crypto/index.js';
import { Database } from './platform/database/index.js';
import { EventLoop } from './platform/event-loop/index.js';
import { Readiness } from './platform/health/index.js';
import { createHttpAdapter, installHttp, originOf } from './platform/http/index.js';
import { RateLimits, Refusals } from './platform/limits/index.js';
import { Log, NestLogger } from './platform/logging/index.js';
import { Metrics, MetricsServer } from './platform/metrics/index.js';
import { OpenApiDocument } from './platform/openapi/index.js';
import { RolesService } from './roles/index.js';
import { Timers } from './platform/timers/index.js';
import { Tracing } from './platform/tracing/index.js';
import { RevocationFeed } from './sessions/index.js';

/** What opening the ground did, for the lines that tell how the start went. */
export interface Opened {
  readonly secretFiles: readonly string[];
  readonly secretsMade: readonly string[];
  /** Names the `SECRET_KEY` in use; a start with another one tells this id. */
  readonly secretKeyId: string;
  readonly database: Awaited<ReturnType<Database['open']>>;
  readonly keys: KeysLoaded;
}

/** What starting did beside. */
export interface Started extends Opened {
  /** Where the metrics are read; undefined where nowhere. */
  readonly metrics: string | undefined;
}

/**
 * The app, complete and described, with nothing opened: no file, no connection, no port. So the routes, the
 * lock and the document can be made without a database.
 *
 * @throws AccessDeclarationError where the access of a route is not declared.
 */
export async function createApp(configuration: Configuration): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(configuration),
    createHttpAdapter(),
    { bodyParser: false, bufferLogs: true, abortOnError: false },
  );
  app.useLogger(new NestLogger(app.get(Log)));
  return furnish(app);
}

/** Lays the conventions of the wire over an app made on `createHttpAdapter()`, and describes it. */
export async function furnish(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  // First: a request that the next hooks refuse is traced, too.
  await app.get(Tracing).install(app.getHttpAdapter().getInstance());
  const refusals = app.get(Refusals);
  installHttp(app, app.get(Configuration), (request, told) =>
    refusals.tell(originOf(request, request.user?.userId ?? null), told),
  );
  app.get(EarlyRefusals).install(app.getHttpAdapter().getInstance());
  app.get(Metrics).timeRequests(app.getHttpAdapter().getInstance());
  await app.init();
  app.get(OpenApiDocument).set(describeApp(app));
  return app;
}

/** Opens what the app stands on: secrets, database, keys, what roles grant, and what was revoked before. */
export async function open(app: NestFastifyApplication): Promise<Opened> {
  const secrets = app.get(Secrets);
  const { files, made } = await secrets.load();
  const database = app.get(Database);
  const opening = await database.open();
  const keys = await app.get(KeyRing).load();
  await app.get(RolesService).load();
  await app.get(RevocationFeed).readAll();
  return { secretFiles: files, secretsMade: made, secretKeyId: secrets.keyId, database: opening, keys };
}

/** Opens, and makes ready to be asked. Listening is the caller's. */
export async function start(app: NestFastifyApplication): Promise<Started> {
  const opened = await open(app);
  await app.get(RateLimits).open();
  await app.get(PasswordsService).prepare();
  const readiness = app.get(Readiness);
  readiness.addCheck('database', () => app.get(Database).ping());
  readiness.addCheck('keys', () => {
    if (!app.get(KeyRing).loaded) throw new Error('The signing keys are not loaded.');
  });
  await app.get(ControlServer).listen();
  const metrics = await app.get(MetricsServer).listen();
  app.get(EventLoop).start();
  app.get(Timers).start();
  app.get(Changes).start();
  return { ...opened, metrics };
}
