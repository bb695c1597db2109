import { Injectable } from '@nestjs/common';
import { Changes } from '../platform/changes/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { Revocations } from './revocations.js';
import { RevocationsRepository, type FeedRead } from './revocations.repository.js';

/**
 * How far a read looks back behind the last good one. A transaction is cut after 10 s, so none commits a
 * revocation behind it.
 */
const OVERLAP_MS = 30_000;
/** So many of the newest a glance looks at again: their numbers are taken before the commit, and overtake. */
const GLANCE_BACK = 100n;

/** Reads into this node's memory what any node revoked. The table is the feed; applying a line twice changes nothing. */
@Injectable()
export class RevocationFeed {
  /** When the last good read was, by the database's clock: nodes' clocks may differ. */
  private readAt: Date | undefined;
  private newest = 0n;
  /** From the record of the newest revocation to its arrival here, by the database's clock. */
  lagMs = 0;

  constructor(
    private readonly database: Database,
    private readonly repository: RevocationsRepository,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    changes: Changes,
  ) {
    changes.follow({
      name: 'The revocation feed',
      read: () => this.read(),
      glance: () => this.glance(),
    });
  }

  /** All that is not yet expired: at the start, and after a read that failed. */
  async readAll(): Promise<void> {
    await this.take((now) => this.repository.revocationsKept(this.database.orm, now));
  }

  private async read(): Promise<void> {
    const { readAt } = this;
    if (readAt === undefined) return this.readAll();
    this.readAt = undefined;
    const since = new Date(readAt.getTime() - OVERLAP_MS);
    await this.take(() => this.repository.revocationsSince(this.database.orm, since));
  }

  /** What a hint told of. It proves nothing about what was before. */
  private async glance(): Promise<void> {
    const { at, lines } = await this.repository.revocationsFrom(this.database.orm, this.newest - GLANCE_BACK);
    this.apply({ at, lines });
  }

  private async take(read: (now: Date) => Promise<FeedRead>): Promise<void> {
    const before = this.clock.monotonicMillis();
    const { at, lines } = await read(this.clock.now());
    this.apply({ at, lines });
    this.readAt = at;
    this.revocations.heardOfAllBefore(before);
    this.revocations.sweep(this.clock.millis());
  }

  private apply({ at, lines }: FeedRead): void {
    for (const { id, recordedAt, revocation } of lines) {
      this.revocations.apply(revocation);
      if (id <= this.newest) continue;
      this.newest = id;
      this.lagMs = at.getTime() - recordedAt.getTime();
    }
  }
}
