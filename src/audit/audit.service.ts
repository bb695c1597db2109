import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../platform/clock/index.js';
import { Secrets } from '../platform/crypto/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type DomainEvent } from '../platform/events/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';
import { macOf, nameless, recordOf } from './audit-record.js';
import { Erased, USER_DELETED } from './audit.events.js';
import { AuditRepository, type AuditFilter, type AuditRow } from './audit.repository.js';
import { instantOf } from './instant.js';
import { subjectOf } from './subject.js';

export type { AuditRow };

/** What a list is narrowed to, as it is asked for. */
export interface AuditAsked {
  readonly type?: string;
  readonly actor?: string;
  /** As `subjectOf()` reads it. */
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
}

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
    events.onAny(async (tx, event) => {
      await this.record(tx, event);
      if (event.type === USER_DELETED) await this.erase(tx, event);
    });
  }

  /** The newest first, after a row that a page gave. */
  async list({ limit, after }: PageAsked, asked: AuditAsked): Promise<Page<AuditRow>> {
    const { type, actor, from, to } = asked;
    const bySubject = asked.subject === undefined ? {} : subjectOf(asked.subject);
    const between = { from: from && instantOf(from), to: to && instantOf(to) } as Pick<
      AuditFilter,
      'from' | 'to'
    >;
    const filter = { type, actorId: actor, ...bySubject, ...between };
    const rows = await this.repository.list(this.database.orm, filter, limit + 1, after);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /**
   * Erases what names a person who is deleted: by its id, and by every address that was written down with it.
   * The chain stays valid, and tells that it was done.
   */
  private async erase(tx: Transaction, { subject, origin }: DomainEvent): Promise<void> {
    if (subject.id === undefined) return;
    const groups = await this.repository.erase(tx, subject.id, subject.email);
    // Who deletes itself is not named by the row that tells of it, either.
    const from = origin.actorId === subject.id ? nameless(origin) : origin;
    if (groups > 0) await this.events.publish(tx, Erased(from, { id: subject.id }, { groups }));
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
