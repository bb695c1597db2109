export { AdminModule } from './admin.module.js';
export type { RolesOfUser } from './users-grant.command.js';
