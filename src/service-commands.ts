/** Runs a command by its name. */
export type RunCommand = (name: string, input: unknown) => Promise<unknown>;

/**
 * Runs commands that need the service's database: here where the database can be opened, or inside the
 * service that holds it.
 */
export async function withService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  const { loadConfiguration } = await import('./platform/config/index.js');
  const { embeddedData } = await import('./platform/database/index.js');
  const { databaseUrl, dataDir } = loadConfiguration();
  if (databaseUrl !== undefined || !embeddedData.isHeld(dataDir)) return withApp(work);
  const { runInService } = await import('./platform/control/index.js');
  return work((name, input) => runInService(dataDir, name, input));
}

/** The same where there must be something to ask: a list in the wrong directory makes no database there. */
export async function withExistingService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  const { loadConfiguration } = await import('./platform/config/index.js');
  const { DatabaseRefused, embeddedData } = await import('./platform/database/index.js');
  const { databaseUrl, dataDir } = loadConfiguration();
  if (databaseUrl !== undefined || embeddedData.isThere(dataDir)) return withService(work);
  throw new DatabaseRefused(
    `There is no database in ${dataDir} yet. Point DATA_DIR or DATABASE_URL to where it is, or start the service.`,
  );
}

async function withApp<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  const { createApp, open } = await import('./app.js');
  const { loadConfiguration } = await import('./platform/config/index.js');
  const { ControlCommands } = await import('./platform/control/index.js');
  const { Timers } = await import('./platform/timers/index.js');
  const app = await createApp(loadConfiguration().forCommand());
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
