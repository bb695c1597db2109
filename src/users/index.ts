export { UsersModule } from './users.module.js';
export { UsersService } from './users.service.js';
export type { Caller, User, UserId } from './user.js';
export { IsAddress, IsName } from './user.decorators.js';
export { UserDto } from './users.dto.js';
export { EmailTaken } from './users.problems.js';
export { users } from './users.table.js';
export * as usersList from './users-list.command.js';
