import type { Configuration } from './platform/config/index.js';

/** Runs a command by its name. */
export type RunCommand = (name: string, input: unknown) => Promise<unknown>;

/** What the environment says; loaded when a command runs, for help needs none of it. */
export async function configured(): Promise<Configuration> {
  return (await import('./platform/config/index.js')).loadConfiguration();
}

/**
 * Runs commands that need the service's database: here where the database can be opened, or inside the
 * service that holds it.
 */
export async function withService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  return onDatabase(await configured(), work);
}

/** The same where there must be something to ask: a list in the wrong directory makes no database there. */
export async function withExistingService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  const configuration = await configured();
  const { databaseUrl, dataDir } = configuration;
  const { DatabaseRefused, embeddedData } = await import('./platform/database/index.js');
  if (databaseUrl !== undefined || embeddedData.isThere(dataDir)) return onDatabase(configuration, work);
  throw new DatabaseRefused(
    `There is no database in ${dataDir} yet. Point DATA_DIR or DATABASE_URL to where it is, or start the service.`,
  );
}

async function onDatabase<T>(
  configuration: Configuration,
  work: (run: RunCommand) => Promise<T>,
): Promise<T> {
  const { embeddedData } = await import('./platform/database/index.js');
  const { databaseUrl, dataDir } = configuration;
  if (databaseUrl !== undefined || !embeddedData.isHeld(dataDir)) return withApp(configuration, work);
  const { runInService } = await import('./platform/control/index.js');
  return work((name, input) => runInService(dataDir, name, input));
}

async function withApp<T>(configuration: Configuration, work: (run: RunCommand) => Promise<T>): Promise<T> {
  const { createApp, open } = await import('./app.js');
  const { ControlCommands } = await import('./platform/control/index.js');
  const { Timers } = await import('./platform/timers/index.js');
  const app = await createApp(configuration.forCommand());
  try {
    await open(app);
    const commands = app.get(ControlCommands);
    const done = await work((name, input) => commands.run(name, input));
    // What a service would do after its next interval: nobody may start one for long.
    await app.get(Timers).runAll();
    return done;
  } finally {
    await app.close();
  }
}
