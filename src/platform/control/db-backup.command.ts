import { isAbsolute } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { ControlCommands, ControlError } from './control-commands.js';

/** The command's name, on the command line and over the control socket. */
export const DB_BACKUP = 'db:backup';

/** Writes a backup of the embedded database beside the running service that holds it. */
@Injectable()
export class DbBackupCommand {
  constructor(
    commands: ControlCommands,
    private readonly database: Database,
  ) {
    commands.register(DB_BACKUP, (input) => this.run(input));
  }

  private async run(input: unknown): Promise<void> {
    const { to } = (input ?? {}) as { to?: unknown };
    if (typeof to !== 'string' || !isAbsolute(to)) {
      throw new ControlError('validation_failed', 'A backup wants the absolute path of a new file.');
    }
    try {
      await this.database.backUp(to);
    } catch (error) {
      throw new ControlError('backup_failed', (error as Error).message);
    }
  }
}
