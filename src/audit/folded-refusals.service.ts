import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { Events } from '../platform/events/index.js';
import { Timers } from '../platform/timers/index.js';
import { nameless } from './audit-record.js';
import { RequestsRefused } from './audit.events.js';
import { AuditRepository } from './audit.repository.js';
import { FoldedRefusals, type Folded } from './folded-refusals.js';

const INTERVAL_SECONDS = 10;
const ROWS_AT_ONCE = 100;

/** Writes down what was refused, minute by minute. */
@Injectable()
export class FoldedRefusalsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');

  constructor(
    private readonly database: Database,
    private readonly repository: AuditRepository,
    private readonly events: Events,
    private readonly folded: FoldedRefusals,
    timers: Timers,
  ) {
    timers.every(INTERVAL_SECONDS, 'Writing down what was refused', () => this.write(this.folded.due));
  }

  /** Nest's word before the application ends: the database is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.write(this.folded.all).catch((error: unknown) => this.logger.warn(error));
  }

  /** Taken out first, so that what is refused meanwhile begins anew; put back where it cannot be written. */
  private async write(rows: Folded[]): Promise<void> {
    while (rows.length > 0) {
      // A stop writes beside the timer: whoever comes second finds some of them gone.
      const taken = rows.splice(0, ROWS_AT_ONCE).filter((one) => this.folded.take(one));
      try {
        await this.publish(taken);
      } catch (error) {
        taken.forEach((one) => this.folded.add(one));
        throw error;
      }
    }
  }

  /** Whoever was deleted meanwhile, and erased, is not named anew. */
  private publish(rows: readonly Folded[]): Promise<void> {
    return this.database.transaction(async (tx) => {
      const actors = rows.flatMap(({ origin }) => origin.actorId ?? []);
      const deleted = await this.repository.deletedOf(tx, actors);
      for (const { origin, since, counts } of rows) {
        const from = deleted.has(origin.actorId) ? nameless(origin) : origin;
        const details = { since: new Date(since).toISOString(), ...Object.fromEntries(counts) };
        await this.events.publish(tx, RequestsRefused(from, {}, details));
      }
    });
  }
}
