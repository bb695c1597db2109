export { SessionsModule } from './sessions.module.js';
export { SessionsService } from './sessions.service.js';
export type { RefreshOutcome, SignedIn } from './live-session.js';
export { RemovalService } from './removal.service.js';
export { RevocationFeed } from './revocation-feed.service.js';
export { Revocations } from './revocations.js';
export type { RefreshClaims } from './refresh-token.js';
export { type OpenSession, type SessionId } from './session.js';
export { InvalidRefreshToken } from './sessions.problems.js';
