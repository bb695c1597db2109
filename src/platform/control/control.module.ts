import { Global, Module } from '@nestjs/common';
import { ControlCommands } from './control-commands.js';
import { ControlServer } from './control-server.js';
import { DbBackupCommand } from './db-backup.command.js';

/** The way into a running service for its own command line. It opens nothing: `ControlServer.listen` does. */
@Global()
@Module({
  providers: [ControlCommands, ControlServer, DbBackupCommand],
  exports: [ControlCommands, ControlServer],
})
export class ControlModule {}
