import { Injectable } from '@nestjs/common';
import { and, eq, gt, gte, sql, type SQL } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { users } from '../users/index.js';
import type { Revocation } from './revocations.js';
import { revocations, sessions } from './sessions.table.js';

export interface FeedLine {
  readonly id: bigint;
  readonly recordedAt: Date;
  readonly revocation: Revocation;
}

/** Lines of the revocation feed, and when they were read, by the database's clock. */
export interface FeedRead {
  readonly at: Date;
  readonly lines: readonly FeedLine[];
}

/** Reads what was revoked; it is written with what it revokes. */
@Injectable()
export class RevocationsRepository {
  /**
   * Whether a revocation was committed. First it waits for whoever may still be about to: a transaction that revokes
   * holds the row of what it revokes until its end.
   */
  async wasRecorded(tx: Transaction, revocation: Revocation): Promise<boolean> {
    const { kind, subject, keepUntil } = revocation;
    const table = kind === 'session' ? sessions : users;
    await tx.select({ id: table.id }).from(table).where(eq(table.id, subject)).for('share');
    const ofVersion =
      revocation.kind === 'user' ? eq(revocations.minVersion, revocation.minVersion) : undefined;
    const found = await tx
      .select({ id: revocations.id })
      .from(revocations)
      .where(and(eq(revocations.keepUntil, keepUntil), eq(revocations.subject, subject), ofVersion))
      .limit(1);
    return found.length > 0;
  }

  /** What is revoked and not yet expired. */
  revocationsKept(database: Queryable, now: Date): Promise<FeedRead> {
    return this.readFeed(database, gt(revocations.keepUntil, now));
  }

  /** What was recorded after a time, by the database's clock. */
  revocationsSince(database: Queryable, since: Date): Promise<FeedRead> {
    return this.readFeed(database, gt(revocations.recordedAt, since));
  }

  /** What was recorded under a number or a later one. */
  revocationsFrom(database: Queryable, id: bigint): Promise<FeedRead> {
    return this.readFeed(database, gte(revocations.id, id));
  }

  /** One statement: the time is taken before its snapshot is, so that nothing falls between. */
  private async readFeed(database: Queryable, which: SQL): Promise<FeedRead> {
    const time = database
      .select({ at: sql`statement_timestamp()`.as('at') })
      .from(sql`(VALUES (1)) AS one`)
      .as('time');
    const rows = await database
      .select({ at: sql<string>`${time.at}`, row: revocations })
      .from(time)
      .leftJoin(revocations, which);
    const lines = rows.flatMap(({ row }) =>
      row === null ? [] : [{ id: row.id, recordedAt: row.recordedAt, revocation: revocationOf(row) }],
    );
    return { at: new Date(rows[0]!.at), lines };
  }
}

function revocationOf({ kind, subject, minVersion, keepUntil }: typeof revocations.$inferSelect): Revocation {
  return kind === 'session'
    ? { kind, subject, keepUntil }
    : { kind, subject, minVersion: minVersion ?? 0, keepUntil };
}
