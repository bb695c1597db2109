import { Injectable } from '@nestjs/common';
import { Secrets } from '../platform/crypto/index.js';
import { Database } from '../platform/database/index.js';
import { Log } from '../platform/logging/index.js';
import { Timers } from '../platform/timers/index.js';
import { headToText, link, START, type Head } from './audit-chain.js';
import { AuditRepository } from './audit.repository.js';

const INTERVAL_SECONDS = 2;

/** So few that the embedded database's one connection is given back before anybody notices. */
const BATCH_ROWS = 500;

/**
 * Gives committed rows their place in the chain, on one node at a time. Nobody waits for it: rows are written
 * without a place, and without a look at the rows before them.
 */
@Injectable()
export class SealerService {
  /** The last head that this node made: it must be found where it was left. */
  private left: Head | undefined;

  constructor(
    private readonly database: Database,
    private readonly repository: AuditRepository,
    private readonly secrets: Secrets,
    private readonly log: Log,
    timers: Timers,
  ) {
    timers.every(INTERVAL_SECONDS, 'Sealing the audit log', async () => void (await this.seal()));
  }

  /** Seals what is committed, batch by batch, and answers how many rows that were. */
  async seal(batchRows = BATCH_ROWS): Promise<number> {
    if (!this.left) await this.lookBack();
    if (!(await this.repository.hasUnsealed(this.database.orm))) return 0;
    let sealed = 0;
    for (let last: string | undefined; ;) {
      const ids = await this.sealBatch(batchRows, last);
      sealed += ids.length;
      last = ids.at(-1);
      if (ids.length < batchRows) return sealed;
    }
  }

  private async sealBatch(limit: number, after?: string): Promise<string[]> {
    const key = this.secrets.key('audit').current;
    const { ids, head } = await this.database.transaction(async (tx) => {
      const rows = (await this.repository.tryLock(tx))
        ? await this.repository.unsealed(tx, limit, after)
        : [];
      if (rows.length === 0) return { ids: [], head: undefined };
      let last = (await this.repository.head(tx)) ?? START;
      if (this.left) this.compare(this.left, await this.repository.sealAt(tx, this.left.no));
      const places = rows.map(({ mac }) => (last = link(key, last, mac)));
      const placed = rows.map(({ id }) => id);
      await this.repository.place(tx, placed, places);
      return { ids: placed, head: last };
    });
    if (head) {
      this.left = head;
      // Whoever cuts the end of the chain off in the database does not reach what was logged: audit:verify --head.
      this.log.info({ audit_head: headToText(head), rows: ids.length }, 'audit log sealed');
    }
    return ids;
  }

  /** What a command sealed since the last stop was logged by nobody: its answer is all that it prints. */
  private async lookBack(): Promise<void> {
    this.left = await this.repository.head(this.database.orm);
    if (this.left) this.log.info({ audit_head: headToText(this.left) }, 'audit log found');
  }

  private compare(left: Head, found: Buffer | undefined): void {
    if (found?.equals(left.mac)) return;
    this.log.error({ audit_head: headToText(left) }, 'the audit log was cut or changed: run audit:verify');
    this.left = undefined;
  }
}
