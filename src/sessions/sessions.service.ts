import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { randomBytes, Secrets } from '../platform/crypto/index.js';
import { afterCommit, type Database, type Queryable, type Transaction } from '../platform/database/index.js';
import { clientAddress } from '../platform/limits/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';
import type { Proof } from '../passwords/index.js';
import { callers, type UserId } from '../users/index.js';
import type {
  LiveSession,
  OpenedSession,
  PresentedSession,
  RefreshOutcome,
  SignedIn,
} from './live-session.js';
import {
  decodeRefreshToken,
  encodeRefreshToken,
  macKeyId,
  macKeyOf,
  RANDOM_LENGTH,
  type RefreshClaims,
} from './refresh-token.js';
import { Revocations, type Revocation } from './revocations.js';
import {
  refreshExpiry,
  USER_AGENT_MAX_LENGTH,
  type Device,
  type OpenSession,
  type Session,
  type SessionId,
} from './session.js';
import {
  SessionsRepository,
  type EndedSession,
  type RotatedRow,
  type SessionRow,
} from './sessions.repository.js';

@Injectable()
export class SessionsService {
  constructor(
    private readonly configuration: Configuration,
    private readonly secrets: Secrets,
    private readonly repository: SessionsRepository,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /** Undefined where the user was disabled, or changed, since it was proved. */
  async open(tx: Transaction, proof: Proof, device: Device): Promise<OpenedSession | undefined> {
    const { refreshAbsoluteTtlSeconds } = this.configuration;
    const createdAt = this.clock.now();
    const key = this.secrets.key('refresh').current;
    const random = randomBytes(RANDOM_LENGTH);
    const session: Session = {
      id: uuidv7({ msecs: createdAt.getTime() }),
      userId: proof.userId,
      authenticatedAt: proof.provenAt,
      amr: [proof.method],
      idleExpiresAt: this.idleExpiry(createdAt),
      expiresAt: after(createdAt, refreshAbsoluteTtlSeconds),
    };
    const opened = await this.repository.insert(tx, {
      ...session,
      ...trimmed(device),
      userVersion: proof.userVersion,
      random,
      macKeyId: macKeyId(key),
      loginAddress: clientAddress(device.ip),
      createdAt,
      tokensExpireBy: this.tokensExpireBy(createdAt),
    });
    if (!opened) return undefined;
    const displaced = await this.endOldest(tx, proof.userId, opened.othersOpen, createdAt);
    const refreshToken = encodeRefreshToken({ sessionId: session.id, counter: 0, random }, key);
    return {
      live: { session, refreshToken, at: createdAt },
      caller: callers.callerOf(opened),
      displaced: displaced.map(({ id }) => id),
    };
  }

  /**
   * Rotates the living token of a session, as nearly every refresh does: one statement, no transaction. Undefined where
   * it is none; `judge` tells what else it is.
   */
  async rotate(database: Queryable, claims: RefreshClaims, device: Device): Promise<SignedIn | undefined> {
    const at = this.clock.now();
    const key = this.secrets.key('refresh').current;
    const rotated = await this.repository.rotate(database, {
      claims,
      macKeyId: macKeyId(key),
      at,
      idleExpiresAt: this.idleExpiry(at),
      tokensExpireBy: this.tokensExpireBy(at),
      device: trimmed(device),
    });
    return rotated && { live: this.liveOf(rotated, at), caller: callers.callerOf(rotated) };
  }

  /** Repeats, ends or refuses, as the contract has it, where a token did not rotate. */
  async judge(tx: Transaction, claims: RefreshClaims): Promise<RefreshOutcome> {
    const at = this.clock.now();
    const row = await this.repository.findLive(tx, claims, at);
    // Of a user who may not sign in, the living token does not rotate, and is not used before.
    if (!row || row.counter === claims.counter) return { kind: 'refused' };
    if (this.isRepetition(row, claims, at)) return { kind: 'repeated', live: this.liveOf(row, at) };
    // Not by this one where another was first: what happened once is told once.
    if (!(await this.end(tx, row.id))) return { kind: 'refused' };
    return { kind: 'reused', sessionId: row.id, userId: row.userId };
  }

  /** Reads a refresh token; undefined where it is not genuine. */
  decode(refreshToken: string): RefreshClaims | undefined {
    return decodeRefreshToken(refreshToken, this.secrets.key('refresh'));
  }

  /** The living sessions that genuine refresh tokens speak of: asked for at once, however many tokens there are. */
  async presentedBy(tx: Transaction, claims: readonly RefreshClaims[]): Promise<PresentedSession[]> {
    const at = this.clock.now();
    const ids = new Set(claims.map(({ sessionId }) => sessionId));
    const rows = await this.repository.findAllLive(tx, [...ids], at);
    return rows.flatMap((row) => {
      const tokens = claims.filter((one) => one.sessionId === row.id && one.random.equals(row.random));
      const taken = tokens.some((one) => one.counter === row.counter || this.isRepetition(row, one, at));
      return tokens.length === 0 ? [] : [{ sessionId: row.id, userId: row.userId, reused: !taken }];
    });
  }

  /** Where a user is signed in, the latest first. */
  async list(database: Queryable, userId: UserId, { limit, after }: PageAsked): Promise<Page<OpenSession>> {
    const rows = await this.repository.list(database, userId, this.clock.now(), limit + 1, after);
    const open = rows.map((row) => ({ ...row, usableUntil: refreshExpiry(row) }));
    return pageOf(open, limit, ({ id }) => id);
  }

  /** Ends a session of that user; false where it has none such, or it had ended before. */
  async endOf(tx: Transaction, userId: UserId, id: SessionId): Promise<boolean> {
    const ended = await this.repository.end(tx, id, this.clock.now(), userId);
    if (ended) await this.revoke(tx, [ended]);
    return ended !== undefined;
  }

  /** Ends a session and its access tokens; false where it had ended before. */
  async end(tx: Transaction, id: SessionId): Promise<boolean> {
    const ended = await this.repository.end(tx, id, this.clock.now());
    if (ended) {
      await this.revoke(tx, [ended]);
      return true;
    }
    // Ended by another node, or with an answer that was lost: this node may not know it yet.
    const before = await this.repository.findEnded(tx, id);
    if (before) afterCommit(tx, () => this.remember(revocationOf(before)));
    return false;
  }

  /** Whether that account has signed in from that client address of late; false, too, where there is no such account. */
  hasLoggedIn(database: Database, email: string, address: string, seconds: number): Promise<boolean> {
    return this.repository.wasOpened(database.orm, email, address, after(this.clock.now(), -seconds));
  }

  /**
   * Ends all sessions of a user, after its version was raised in the same transaction, and with them every
   * access token of a lower version. Answers how many had not ended.
   */
  async endAll(tx: Transaction, userId: UserId, version: number): Promise<number> {
    await this.revokeTokens(tx, userId, version);
    return (await this.repository.endAll(tx, userId, this.clock.now())).length;
  }

  /**
   * Revokes every access token of a user with a lower version, which was raised in the same transaction. Its
   * sessions go on: a refresh gives tokens of the new one.
   */
  async revokeTokens(tx: Transaction, userId: UserId, version: number): Promise<void> {
    const issuedNow = this.tokensExpireBy(this.clock.now());
    // ACCESS_TOKEN_TTL may have been longer when they were issued.
    const issuedBefore = await this.repository.lastExpiry(tx, userId);
    const keepUntil = issuedBefore && issuedBefore > issuedNow ? issuedBefore : issuedNow;
    const revocation: Revocation = { kind: 'user', subject: userId, minVersion: version, keepUntil };
    await this.repository.recordRevocation(tx, revocation);
    afterCommit(tx, (certain) => this.remember(revocation, certain));
  }

  /**
   * The session from now on counts as authenticated when the user was proved anew; undefined where it has ended, or
   * the user was disabled or changed since.
   */
  async reauthenticate(
    tx: Transaction,
    id: SessionId,
    proof: Proof,
  ): Promise<Omit<LiveSession, 'refreshToken'> | undefined> {
    const at = this.clock.now();
    const session = await this.repository.reauthenticate(tx, id, proof, at, this.tokensExpireBy(at));
    return session && { session, at };
  }

  /** Until the refresh token stops working, if it is not used before. */
  secondsLeft({ session, at }: LiveSession): number {
    return Math.floor((refreshExpiry(session).getTime() - at.getTime()) / 1000);
  }

  /** Those beyond `MAX_SESSIONS_PER_USER`, of a user that the transaction holds. */
  private async endOldest(
    tx: Transaction,
    userId: UserId,
    othersOpen: number,
    at: Date,
  ): Promise<readonly EndedSession[]> {
    const { maxSessionsPerUser } = this.configuration;
    // Half of the room is left to those that were opened at the same time, which that number does not hold.
    if (2 * othersOpen < maxSessionsPerUser) return [];
    const displaced = await this.repository.endOldest(tx, userId, maxSessionsPerUser, at);
    await this.revoke(tx, displaced);
    return displaced;
  }

  /** Recorded in the transaction; in this node's memory as soon as it is committed, before anybody is answered. */
  private async revoke(tx: Transaction, ended: readonly EndedSession[]): Promise<void> {
    for (const session of ended) {
      await this.repository.recordRevocation(tx, revocationOf(session));
      afterCommit(tx, (certain) => this.remember(revocationOf(session), certain));
    }
  }

  private remember(revocation: Revocation, certain = true): void {
    if (certain) this.revocations.apply(revocation);
    else this.revocations.doubt(revocation);
    this.revocations.sweep(this.clock.millis());
  }

  private isRepetition(row: SessionRow, claims: RefreshClaims, at: Date): boolean {
    const graceEnds = row.rotatedAt && after(row.rotatedAt, this.configuration.refreshGraceSeconds);
    return claims.counter === row.counter - 1 && graceEnds !== null && at <= graceEnds;
  }

  private liveOf(row: RotatedRow, at: Date): LiveSession {
    const keys = this.secrets.key('refresh');
    const key = macKeyOf(row.macKeyId, keys) ?? keys.current;
    const claims = { sessionId: row.id, counter: row.counter, random: row.random };
    return { session: row, refreshToken: encodeRefreshToken(claims, key), at };
  }

  private idleExpiry(at: Date): Date {
    return after(at, this.configuration.refreshIdleTtlSeconds);
  }

  /** A repetition issues an access token and leaves the row alone: the grace is counted in. */
  private tokensExpireBy(at: Date): Date {
    return after(at, this.configuration.accessTokenTtlSeconds + this.configuration.refreshGraceSeconds);
  }
}

function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}

function revocationOf({ id, tokensExpireBy }: EndedSession): Revocation {
  return { kind: 'session', subject: id, keepUntil: tokensExpireBy };
}

function trimmed({ ip, userAgent }: Device): Device {
  return { ip, userAgent: userAgent === null ? null : userAgent.slice(0, USER_AGENT_MAX_LENGTH) };
}
