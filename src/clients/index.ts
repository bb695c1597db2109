export { ClientsModule } from './clients.module.js';
export { ClientsService } from './clients.service.js';
export { isClientId, type Client, type ClientAction } from './client.js';
export type * as clientsCommands from './clients.command.js';
