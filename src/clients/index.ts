export { ClientsModule } from './clients.module.js';
export { ClientsService } from './clients.service.js';
export type { Client, ClientAction } from './client.js';
export * as clientsCommands from './clients.command.js';
