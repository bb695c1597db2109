export { AuthModule } from './auth.module.js';
export { USERS_CREATE } from './users-create.command.js';
