import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../platform/clock/index.js';
import { Secrets } from '../platform/crypto/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type DomainEvent, type Origin } from '../platform/events/index.js';
import { macOf, recordOf } from './audit-record.js';
import { Erased } from './audit.events.js';
import { AuditRepository, type AuditFilter, type AuditRow } from './audit.repository.js';

/** Keeps what happened, in the transaction in which it happens. */
@Injectable()
export class AuditService {
  private count = 0;

  constructor(
    private readonly database: Database,
    private readonly repository: AuditRepository,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {
    events.onAny((tx, event) => this.record(tx, event));
  }

  /** The newest first, before an id. */
  list(filter: AuditFilter, limit: number, beforeId?: string): Promise<AuditRow[]> {
    return this.repository.list(this.database.orm, filter, limit, beforeId);
  }

  /** Erases what names a person who is deleted. The chain stays valid, and tells that it was done. */
  async erase(tx: Transaction, id: string, email: string | null, origin: Origin): Promise<void> {
    const groups = await this.repository.erase(tx, id, email);
    if (groups > 0) await this.events.publish(tx, Erased(origin, { id }, { groups }));
  }

  private async record(tx: Transaction, event: DomainEvent): Promise<void> {
    const at = this.clock.now();
    // A number that goes up, so that what happens in one millisecond is listed in its order.
    const id = uuidv7({ msecs: at.getTime(), seq: this.count++ });
    const record = recordOf(event, id, at);
    const mac = macOf(this.secrets.key('audit').current, record);
    await this.repository.insert(tx, { ...record, keyId: this.secrets.keyIds('audit')[0]!, mac });
  }
}
