export { TokensModule } from './tokens.module.js';
export { AccessTokensService, type IssuedToken } from './access-tokens.service.js';
export { VerifiedTokens } from './verified-tokens.js';
