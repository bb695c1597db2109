export { PasswordDoor } from './password-door.js';
export { AuthModule } from './auth.module.js';
export { paintRefreshCookie, requireRefreshTokens } from './refresh-cookie.decorator.js';
export type { PasswordSet } from './users-set-password.command.js';
