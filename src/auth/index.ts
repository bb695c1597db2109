export { AuthModule } from './auth.module.js';
export { paintRefreshCookie, requireRefreshTokens } from './refresh-cookie.decorator.js';
export { USERS_CREATE } from './users-create.command.js';
export { USERS_SET_PASSWORD, type PasswordSet } from './users-set-password.command.js';
