import { ApiProperty } from '@nestjs/swagger';
import type { OpenSession, SessionId } from '../sessions/index.js';

export class OwnSessionDto {
  /** UUIDv7; the `sid` of its access tokens. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** When it was opened or refreshed last, not each request. RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  last_used_at: string;
  /** When its refresh token stops working, if it is not used before. RFC 3339, UTC. @example 2026-12-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  expires_at: string;
  /** The address of the last sign-in or refresh. @example 203.0.113.7 */
  ip: string;
  /** What the device called itself then; at most 256 characters. @example 'Mozilla/5.0 (X11; Linux x86_64)' */
  user_agent: string | null;
  /** Whether this request is of it. @example true */
  current: boolean;

  static of(session: OpenSession, current: SessionId): OwnSessionDto {
    return {
      id: session.id,
      created_at: session.createdAt.toISOString(),
      last_used_at: session.lastUsedAt.toISOString(),
      expires_at: session.usableUntil.toISOString(),
      ip: session.ip,
      user_agent: session.userAgent,
      current: session.id === current,
    };
  }
}

export class OwnSessionPageDto {
  items: OwnSessionDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}
