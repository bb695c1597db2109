export { TokensModule } from './tokens.module.js';
export { AccessTokensService, type IssuedToken } from './access-tokens.service.js';
export { TokenVerifier } from './token-verifier.js';
export type { AccessTokenClaims } from './access-token.js';
export { VerifiedTokens } from './verified-tokens.js';
