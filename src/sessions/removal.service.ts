import { Injectable } from '@nestjs/common';
import { Clock, firstIdAt } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { Database } from '../platform/database/index.js';
import { Timers } from '../platform/timers/index.js';
import { RemovalRepository, type Ends } from './removal.repository.js';
import type { SessionId } from './session.js';

const INTERVAL_SECONDS = 60;
/** So few that the embedded database's one connection is given back before anybody notices. */
const BATCH_ROWS = 500;
/** Of each kind a run: a backlog is worked off over minutes, beside what users ask for. */
const BATCHES = 20;
/** A node whose clock is behind still takes what has expired by the others'. */
const MARGIN_MS = 24 * 3600 * 1000;

const FIRST = firstIdAt(new Date(0));

/**
 * Removes sessions that are over and revocations of tokens that have expired. Every node does; what one holds, the
 * others pass over.
 *
 * A session that is over stays while it makes its account and address a familiar pair, `LOGIN_FAMILIAR_TTL` from when it
 * was opened. A refresh token of a removed one is refused as that of an ended one is.
 */
@Injectable()
export class RemovalService {
  /** How many this node has removed since it started. */
  removedSessions = 0;
  removedRevocations = 0;
  /** Up to where the old sessions were looked at: those that live on are not looked at again before the others. */
  private position = FIRST;

  constructor(
    private readonly configuration: Configuration,
    private readonly database: Database,
    private readonly repository: RemovalRepository,
    private readonly clock: Clock,
    timers: Timers,
  ) {
    timers.every(INTERVAL_SECONDS, 'Removing expired sessions and revocations', () => this.remove());
  }

  async remove(batchRows = BATCH_ROWS, batches = BATCHES): Promise<void> {
    const ends = await this.ends();
    for (let batch = 0; batch < batches; batch += 1) {
      if ((await this.revocationBatch(ends.overBefore, batchRows)) < batchRows) break;
    }
    const before = firstIdAt(ends.openedBefore);
    for (let batch = 0; batch < batches; batch += 1) {
      if (!(await this.sessionBatch(before, ends, batchRows))) break;
    }
  }

  /** A row that is removed does not come back: one wrong clock, the database's or this node's, is not enough. */
  private async ends(): Promise<Ends> {
    const now = Math.min((await this.repository.time(this.database.orm)).getTime(), this.clock.millis());
    const overBefore = now - MARGIN_MS;
    const familiarMs = this.configuration.rateLimits.loginFamiliarSeconds * 1000;
    return { openedBefore: new Date(overBefore - familiarMs), overBefore: new Date(overBefore) };
  }

  private async revocationBatch(keptUntilBefore: Date, rows: number): Promise<number> {
    const removed = await this.database.transaction((tx) =>
      this.repository.removeRevocations(tx, keptUntilBefore, rows),
    );
    this.removedRevocations += removed;
    return removed;
  }

  /** By ids, which are in the order of `created_at`. False where there are no more: the next run begins anew. */
  private async sessionBatch(before: SessionId, ends: Ends, rows: number): Promise<boolean> {
    const from = this.position;
    const to = await this.repository.lastOfStretch(this.database.orm, from, before, rows);
    this.position = to ?? FIRST;
    if (to === undefined) return false;
    this.removedSessions += await this.database.transaction((tx) =>
      this.repository.removeSessions(tx, { from, to }, ends),
    );
    return true;
  }
}
