import { Module } from '@nestjs/common';
import { ClientsCommands } from './clients.command.js';
import { ClientsRepository } from './clients.repository.js';
import { ClientsService } from './clients.service.js';

/** Registered clients; what they may ask is `oauth`'s. */
@Module({
  providers: [ClientsService, ClientsRepository, ClientsCommands],
  exports: [ClientsService],
})
export class ClientsModule {}
