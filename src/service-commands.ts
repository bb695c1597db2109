import { createApp, open } from './app.js';
import { loadConfiguration } from './platform/config/index.js';
import { ControlCommands, runInService } from './platform/control/index.js';
import { DatabaseInUse } from './platform/database/index.js';

/**
 * Runs a command that needs the service's database: here where the database can be opened, or inside the
 * service that holds it.
 */
export async function runServiceCommand(name: string, input: unknown): Promise<unknown> {
  const configuration = loadConfiguration();
  const app = await createApp(configuration);
  try {
    await open(app);
    return await app.get(ControlCommands).run(name, input);
  } catch (error) {
    if (!(error instanceof DatabaseInUse)) throw error;
    return await runInService(configuration.dataDir, name, input);
  } finally {
    await app.close();
  }
}
