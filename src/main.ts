import 'reflect-metadata';
import { createServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp, start } from './app.js';
import { exposures, loadConfiguration, thisProcess, type Configuration } from './platform/config/index.js';
import { Log } from './platform/logging/index.js';
import { Readiness } from './platform/health/index.js';
import { listen } from './platform/http/index.js';
import { readyLines } from './ready-lines.js';
import { exitCodeOf, explain } from './exit-codes.js';

/** What is in flight when the service is told to stop has so long to finish. */
const STOP_LIMIT_MS = 30_000;

const PARENT_INTERVAL_MS = 250;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const REWRAP =
  'Signing keys are sealed under SECRET_KEY_PREVIOUS still. When every node has the new SECRET_KEY, run keys:rewrap; ' +
  'before that, do not take SECRET_KEY_PREVIOUS away.';

async function main(): Promise<void> {
  if (thisProcess.launchedByNpm()) stopWithParent();
  for (const signal of SIGNALS) process.on(signal, leave);
  const configuration = await withRealPort(loadConfiguration());
  const app = await createApp(configuration);
  const opened = await start(app);
  const { dataDir, secretFiles, shortageOfMemory } = configuration;
  for (const warning of exposures(dataDir, [...secretFiles, ...opened.secretFiles]))
    app.get(Log).warn({}, warning);
  if (shortageOfMemory) app.get(Log).warn({}, shortageOfMemory);
  if (opened.keys.underPreviousSecret > 0) app.get(Log).warn({}, REWRAP);
  await listen(app, configuration.port, configuration.host);
  for (const signal of SIGNALS) process.off(signal, leave);
  stopOnSignal(app, configuration);
  process.stdout.write(readyLines(configuration, opened));
}

/** `PORT=0` asks for any free port; it is chosen before anything uses the issuer, which holds it. */
async function withRealPort(configuration: Configuration): Promise<Configuration> {
  if (configuration.port !== 0) return configuration;
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, configuration.host, () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return configuration.withPort(port);
}

/** Unready at once, served on for `SHUTDOWN_DELAY`, then what is in flight is finished, then exit 0. */
function stopOnSignal(app: NestFastifyApplication, configuration: Configuration): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    app.get(Readiness).stopping();
    setTimeout(() => {
      setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
      void app.close().then(() => process.exit(0), fail);
    }, configuration.shutdownDelaySeconds * 1000);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}

/**
 * npm runs a script in a shell, which a signal ends without passing it on: a service left behind like that
 * would hold its directory and its port, with nobody to stop it.
 */
function stopWithParent(): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_INTERVAL_MS);
  watch.unref();
}

/** Before it listens nothing is in flight, and what it is opening survives any end: it need not be closed. */
function leave(): never {
  process.exit(0);
}

function fail(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(exitCodeOf(error));
}

main().catch(fail);
