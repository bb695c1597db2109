export { AdminModule } from './admin.module.js';
export { USERS_GRANT, USERS_REVOKE, type RolesOfUser } from './users-grant.command.js';
