import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { Timers } from '../platform/timers/index.js';
import { Revocations } from './revocations.js';
import { RevocationsRepository } from './revocations.repository.js';

const INTERVAL_SECONDS = 1;

/**
 * Finds out what became of revocations whose commit nobody answered. Taken for committed, one that was rolled back would
 * sign out on this node alone, and who repeats a sign-out would be told of a success that is none; taken for rolled back,
 * a committed one would be let in until the feed is read.
 */
@Injectable()
export class RevocationDoubts {
  constructor(
    private readonly database: Database,
    private readonly repository: RevocationsRepository,
    private readonly revocations: Revocations,
    timers: Timers,
  ) {
    timers.every(INTERVAL_SECONDS, 'Finding out what was revoked', () => this.settle());
  }

  async settle(): Promise<void> {
    for (const doubt of this.revocations.doubtful) {
      const committed = await this.database.transaction((tx) =>
        this.repository.wasRecorded(tx, doubt.revocation),
      );
      this.revocations.settle(doubt, committed);
    }
  }
}
