import { Injectable } from '@nestjs/common';
import { and, desc, eq, exists, gt, gte, inArray, isNotNull, isNull, lt, max, sql } from 'drizzle-orm';
import { ask, type Queryable, type Transaction } from '../platform/database/index.js';
import type { Proof } from '../passwords/index.js';
import { users, type callers } from '../users/index.js';
import { END_OLDEST, OPEN, ROTATE } from './hot-statements.js';
import type { RefreshClaims } from './refresh-token.js';
import type { Revocation } from './revocations.js';
import type { Device, Session, SessionId } from './session.js';
import { revocations, sessions } from './sessions.table.js';

export type SessionRow = typeof sessions.$inferSelect;

export type EndedSession = Pick<SessionRow, 'id' | 'tokensExpireBy'>;

export interface NewSession extends Session, Device {
  readonly userVersion: number;
  readonly random: Buffer;
  readonly macKeyId: Buffer;
  readonly loginAddress: string;
  readonly createdAt: Date;
  readonly tokensExpireBy: Date;
}

export interface Rotation {
  readonly claims: RefreshClaims;
  readonly macKeyId: Buffer;
  readonly at: Date;
  readonly idleExpiresAt: Date;
  readonly tokensExpireBy: Date;
  readonly device: Device;
}

/** Of a session that was opened: how many others its user had open, but for those that were being opened as well. */
type OpenedRow = OfCaller<{ readonly othersOpen: number }>;

/** What a statement tells beside of the user whose session it opens or rotates. */
type OfCaller<Row> = Row & callers.CallerRow;

/** What a session's tokens are made of. */
export type RotatedRow = Pick<SessionRow, keyof Session | 'counter' | 'random' | 'macKeyId' | 'rotatedAt'>;

@Injectable()
export class SessionsRepository {
  /**
   * Opens a session for the user that was proved, in the version that was proved: a password changed or a
   * user disabled while the old password was being hashed leaves no session behind. Of several at once each waits
   * for the one before, and counts its session: locked only for sharing, two could end the same oldest sessions
   * in opposite order, a deadlock.
   */
  async insert(tx: Transaction, session: NewSession): Promise<OpenedRow | undefined> {
    const { rows } = await ask<OpenedRow>(tx, OPEN, [
      session.id,
      session.userId,
      session.userVersion,
      session.random,
      session.macKeyId,
      session.amr,
      session.authenticatedAt,
      session.ip,
      session.userAgent,
      session.loginAddress,
      session.createdAt,
      session.idleExpiresAt,
      session.expiresAt,
      session.tokensExpireBy,
    ]);
    return rows[0];
  }

  /** Only the living token of a living session of a user who may sign in rotates. */
  async rotate(database: Queryable, rotation: Rotation): Promise<OfCaller<RotatedRow> | undefined> {
    const { claims, macKeyId, at, idleExpiresAt, tokensExpireBy, device } = rotation;
    const { rows } = await ask<OfCaller<RotatedRow>>(database, ROTATE, [
      claims.sessionId,
      claims.counter,
      claims.random,
      macKeyId,
      at,
      idleExpiresAt,
      tokensExpireBy,
      device.ip,
      device.userAgent,
    ]);
    return rows[0];
  }

  /** The session of a genuine token, while it lives. */
  async findLive(database: Queryable, claims: RefreshClaims, at: Date): Promise<SessionRow | undefined> {
    const [row] = await database.select().from(sessions).where(this.isLive(claims, at));
    return row;
  }

  /** Those of these sessions that live. */
  findAllLive(database: Queryable, ids: readonly SessionId[], at: Date): Promise<SessionRow[]> {
    return database
      .select()
      .from(sessions)
      .where(and(inArray(sessions.id, [...ids]), this.lives(at)));
  }

  /** Ends a session, of that user where one is given; undefined where it had ended before, or is another's. */
  async end(tx: Transaction, id: SessionId, at: Date, userId?: string): Promise<EndedSession | undefined> {
    const ofUser = userId === undefined ? undefined : eq(sessions.userId, userId);
    const [row] = await tx
      .update(sessions)
      .set({ endedAt: at })
      .where(and(eq(sessions.id, id), ofUser, isNull(sessions.endedAt)))
      .returning();
    return row;
  }

  /** The living sessions of a user, the latest first. */
  async list(
    database: Queryable,
    userId: string,
    at: Date,
    limit: number,
    before: SessionId | undefined,
  ): Promise<SessionRow[]> {
    const older = before === undefined ? undefined : lt(sessions.id, before);
    return database
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), this.lives(at), older))
      .orderBy(desc(sessions.id))
      .limit(limit);
  }

  /** Ends all sessions of a user that had not ended. */
  async endAll(tx: Transaction, userId: string, at: Date): Promise<EndedSession[]> {
    return tx
      .update(sessions)
      .set({ endedAt: at })
      .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)))
      .returning({ id: sessions.id, tokensExpireBy: sessions.tokensExpireBy });
  }

  /** When the last access token of a user's living sessions expires. */
  async lastExpiry(tx: Transaction, userId: string): Promise<Date | null> {
    const [row] = await tx
      .select({ last: max(sessions.tokensExpireBy) })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)));
    return row!.last;
  }

  /** Only of the user that was proved, in the version that was proved. */
  async reauthenticate(
    tx: Transaction,
    id: SessionId,
    proof: Proof,
    at: Date,
    tokensExpireBy: Date,
  ): Promise<SessionRow | undefined> {
    const proved = tx
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, proof.userId), eq(users.version, proof.userVersion), isNull(users.disabledAt)))
      .for('share');
    const [row] = await tx
      .update(sessions)
      .set({
        authenticatedAt: proof.provenAt,
        amr: [proof.method],
        tokensExpireBy: this.notEarlier(tokensExpireBy),
      })
      .where(and(eq(sessions.id, id), eq(sessions.userId, proof.userId), this.lives(at), exists(proved)))
      .returning();
    return row;
  }

  /** A session that has ended, and how long its access tokens may live. */
  async findEnded(database: Queryable, id: SessionId): Promise<EndedSession | undefined> {
    const [row] = await database
      .select({ id: sessions.id, tokensExpireBy: sessions.tokensExpireBy })
      .from(sessions)
      .where(and(eq(sessions.id, id), isNotNull(sessions.endedAt)));
    return row;
  }

  /** Ends the oldest living sessions of a user beyond a number. */
  async endOldest(tx: Transaction, userId: string, keep: number, at: Date): Promise<EndedSession[]> {
    return (await ask<EndedSession>(tx, END_OLDEST, [userId, keep, at])).rows;
  }

  /** Whether a session of that account was opened from that address, ended or not. */
  async wasOpened(database: Queryable, email: string, loginAddress: string, since: Date): Promise<boolean> {
    const found = await database
      .select({ id: sessions.id })
      .from(users)
      .innerJoin(sessions, eq(sessions.userId, users.id))
      .where(
        and(eq(users.email, email), eq(sessions.loginAddress, loginAddress), gte(sessions.createdAt, since)),
      )
      .limit(1);
    return found.length > 0;
  }

  async recordRevocation(tx: Transaction, revocation: Revocation): Promise<void> {
    await tx.insert(revocations).values(revocation);
  }

  /** ACCESS_TOKEN_TTL may have been lowered since the last token was issued. */
  private notEarlier(tokensExpireBy: Date) {
    return sql`greatest(${sessions.tokensExpireBy}, ${tokensExpireBy.toISOString()}::timestamptz)`;
  }

  private isLive({ sessionId, random }: RefreshClaims, at: Date) {
    return and(eq(sessions.id, sessionId), eq(sessions.random, random), this.lives(at));
  }

  private lives(at: Date) {
    return and(isNull(sessions.endedAt), gt(sessions.idleExpiresAt, at), gt(sessions.expiresAt, at));
  }
}
