import { createApp, open } from './app.js';
import { loadConfiguration, type Configuration } from './platform/config/index.js';
import { ControlCommands, runInService } from './platform/control/index.js';
import { DatabaseInUse, DatabaseRefused, embeddedData } from './platform/database/index.js';
import { Timers } from './platform/timers/index.js';

/** Runs a command by its name. */
export type RunCommand = (name: string, input: unknown) => Promise<unknown>;

/**
 * Runs commands that need the service's database: here where the database can be opened, or inside the
 * service that holds it.
 */
export async function withService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  const configuration = loadConfiguration().forCommand();
  const app = await createApp(configuration);
  try {
    const held = await open(app).then(
      () => false,
      (error: unknown) => {
        if (error instanceof DatabaseInUse) return true;
        throw error;
      },
    );
    const commands = app.get(ControlCommands);
    const done = await work((name, input) =>
      held ? runInService(configuration.dataDir, name, input) : commands.run(name, input),
    );
    // What a service would do after its next interval: nobody may start one for long.
    if (!held) await app.get(Timers).runAll();
    return done;
  } finally {
    await app.close();
  }
}

/** The same where there must be something to ask: a list in the wrong directory makes no database there. */
export function withExistingService<T>(work: (run: RunCommand) => Promise<T>): Promise<T> {
  refuseNothing(loadConfiguration());
  return withService(work);
}

function refuseNothing({ databaseUrl, dataDir }: Configuration): void {
  if (databaseUrl !== undefined || embeddedData.isThere(dataDir)) return;
  throw new DatabaseRefused(
    `There is no database in ${dataDir} yet. Point DATA_DIR or DATABASE_URL to where it is, or start the service.`,
  );
}
