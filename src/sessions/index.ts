export { SessionsModule } from './sessions.module.js';
export { SessionsService, type LiveSession, type RefreshOutcome } from './sessions.service.js';
export { RevocationFeed } from './revocation-feed.service.js';
export { Revocations } from './revocations.js';
export type { RefreshClaims } from './refresh-token.js';
export { type OpenSession, type Session, type SessionId } from './session.js';
export { InvalidRefreshToken } from './sessions.problems.js';
