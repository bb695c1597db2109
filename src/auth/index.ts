export { EarlyRefusals } from './early-refusals.js';
export { AuthModule } from './auth.module.js';
export { paintRefreshCookie, requireRefreshTokens } from './refresh-cookie.decorator.js';
export type { PasswordSet } from './users-set-password.command.js';
