import type { UserId } from '../users/index.js';

export type SessionId = string;

/** The device that is signing in, as far as the request tells. */
export interface Device {
  readonly ip: string;
  readonly userAgent: string | null;
}

/** A device that is signed in. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  /** When the user last proved who it is. */
  readonly authenticatedAt: Date;
  /** RFC 8176: how it was proved. */
  readonly amr: readonly string[];
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
}

/** A session that has not ended, as its user sees it. */
export interface OpenSession extends Session, Device {
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When its refresh token stops working, if it is not used before. */
  readonly usableUntil: Date;
}

export const USER_AGENT_MAX_LENGTH = 256;

/** When the refresh token stops working: at the earlier of both ends. */
export function refreshExpiry({ idleExpiresAt, expiresAt }: Session): Date {
  return idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt;
}
