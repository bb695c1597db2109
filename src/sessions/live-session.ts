import type { callers, UserId } from '../users/index.js';
import type { Session, SessionId } from './session.js';

/** A session with its living refresh token. */
export interface LiveSession {
  readonly session: Session;
  readonly refreshToken: string;
  /** When it was opened or refreshed: its tokens are issued as of then, and outlive nothing the row says. */
  readonly at: Date;
}

/** A session just opened or rotated, and what its tokens say of its user. */
export interface SignedIn {
  readonly live: LiveSession;
  readonly caller: callers.Caller;
}

/** A session just opened. */
export interface OpenedSession extends SignedIn {
  /** The user's oldest sessions, which it ended for there were more than `MAX_SESSIONS_PER_USER`. */
  readonly displaced: readonly SessionId[];
}

/** A session, and whose it was. */
export interface OfSession {
  readonly sessionId: SessionId;
  readonly userId: UserId;
}

/** What a presented refresh token that does not rotate turned out to be. */
export type RefreshOutcome =
  /** The one before, within the grace: the very same successor again; nothing changed. */
  | { readonly kind: 'repeated'; readonly live: LiveSession }
  /** Genuine, and used before: the session was ended. */
  | ({ readonly kind: 'reused' } & OfSession)
  /** Unknown, expired, of an ended session or of a user who may not sign in: nothing was touched. */
  | { readonly kind: 'refused' };

/** A living session whose refresh tokens were presented for something else than a refresh. */
export interface PresentedSession extends OfSession {
  /** None of them would be taken: each was used before. */
  readonly reused: boolean;
}
