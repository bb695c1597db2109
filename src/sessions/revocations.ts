import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { ServiceUnavailable } from '../platform/http/index.js';
import type { UserId } from '../users/index.js';
import type { SessionId } from './session.js';

/** One line of the feed. */
export type Revocation =
  | { readonly kind: 'session'; readonly subject: SessionId; readonly keepUntil: Date }
  | {
      readonly kind: 'user';
      readonly subject: UserId;
      readonly minVersion: number;
      readonly keepUntil: Date;
    };

/** A revocation of which it is not known whether it was committed: one object each. */
export interface Doubt {
  readonly revocation: Revocation;
}

const SWEEP_INTERVAL_MS = 60_000;

/**
 * What this node knows to be revoked and not yet expired, so that a request asks memory, never the
 * database. Applying a revocation twice changes nothing.
 */
@Injectable()
export class Revocations {
  private readonly sessions = new Map<SessionId, number>();
  private nextSweep = 0;
  private readonly users = new Map<UserId, { minVersion: number; keepUntil: number }>();
  private readonly doubts = new Set<Doubt>();
  /** So long what is known is gone by without hearing of the others, in milliseconds. */
  private readonly trusted: number;
  /** On the embedded database there are no others. */
  private readonly alone: boolean;
  private heardAt = 0;

  constructor(
    private readonly clock: Clock,
    { databaseUrl, revocationStale, revocationMaxStalenessSeconds }: Configuration,
  ) {
    this.alone = databaseUrl === undefined;
    this.trusted = revocationStale === 'refuse' ? revocationMaxStalenessSeconds * 1000 : Infinity;
  }

  /** All that was revoked anywhere before then is known here. By the clock that only grows. */
  heardOfAllBefore(monotonicMillis: number): void {
    this.heardAt = monotonicMillis;
  }

  /** Milliseconds since this node was sure to know everything. */
  get staleness(): number {
    return this.alone ? 0 : this.clock.monotonicMillis() - this.heardAt;
  }

  apply(revocation: Revocation): void {
    const keepUntil = revocation.keepUntil.getTime();
    if (revocation.kind === 'session') {
      this.sessions.set(revocation.subject, Math.max(keepUntil, this.sessions.get(revocation.subject) ?? 0));
      return;
    }
    const known = this.users.get(revocation.subject);
    this.users.set(revocation.subject, {
      minVersion: Math.max(revocation.minVersion, known?.minVersion ?? 0),
      keepUntil: Math.max(keepUntil, known?.keepUntil ?? 0),
    });
  }

  /** Until it is settled, what it would revoke is neither let in nor called revoked. */
  doubt(revocation: Revocation): void {
    this.doubts.add({ revocation });
  }

  get doubtful(): readonly Doubt[] {
    return [...this.doubts];
  }

  settle(doubt: Doubt, committed: boolean): void {
    if (committed) this.apply(doubt.revocation);
    this.doubts.delete(doubt);
  }

  /**
   * @throws `service_unavailable` where this node has not heard from the others for too long, and where the answer to
   * the commit that would have revoked was lost
   */
  isRevoked(sessionId: SessionId, userId: UserId, userVersion: number): boolean {
    if (this.staleness > this.trusted)
      throw ServiceUnavailable({ logDetail: 'the revocation feed is stale' });
    if (this.sessions.has(sessionId)) return true;
    const user = this.users.get(userId);
    if (user !== undefined && userVersion < user.minVersion) return true;
    if (this.doubts.size > 0 && this.mayBeRevoked(sessionId, userId, userVersion))
      throw ServiceUnavailable({ logDetail: 'whether it was revoked is not known yet' });
    return false;
  }

  /** Forgets what has expired by itself; looks once a minute at most, however often it is called. */
  sweep(now: number): void {
    if (now < this.nextSweep) return;
    this.nextSweep = now + SWEEP_INTERVAL_MS;
    for (const [id, keepUntil] of this.sessions) if (keepUntil < now) this.sessions.delete(id);
    for (const [id, { keepUntil }] of this.users) if (keepUntil < now) this.users.delete(id);
  }

  private mayBeRevoked(sessionId: SessionId, userId: UserId, userVersion: number): boolean {
    return [...this.doubts].some(({ revocation }) =>
      revocation.kind === 'session'
        ? revocation.subject === sessionId
        : revocation.subject === userId && userVersion < revocation.minVersion,
    );
  }

  get size(): number {
    return this.sessions.size + this.users.size;
  }
}
