export { UsersModule } from './users.module.js';
export { UsersService } from './users.service.js';
export { UserChangesService } from './user-changes.service.js';
export type { Caller, User, UserId } from './user.js';
export * as userFields from './user.decorators.js';
export { UserDto } from './users.dto.js';
export { EmailTaken } from './users.problems.js';
export { users } from './users.table.js';
export type * as usersList from './users-list.command.js';
