export { SessionsModule } from './sessions.module.js';
export {
  SessionsService,
  type EndOutcome,
  type LiveSession,
  type RefreshOutcome,
} from './sessions.service.js';
export { Revocations } from './revocations.js';
export type { RefreshClaims } from './refresh-token.js';
export type { Device, Session, SessionId } from './session.js';
export { InvalidRefreshToken } from './sessions.problems.js';
