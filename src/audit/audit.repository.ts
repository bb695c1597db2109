import { Injectable } from '@nestjs/common';
import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  or,
  sql,
} from 'drizzle-orm';
import { ask, type Queryable, type Transaction } from '../platform/database/index.js';
import { firstIdAt } from '../platform/clock/index.js';
import type { Head } from './audit-chain.js';
import type { AuditRecord } from './audit-record.js';
import { USER_DELETED } from './audit.events.js';
import { auditEvents } from './audit.table.js';

/** A record, with its place in the chain where it has one. */
export type AuditRow = typeof auditEvents.$inferSelect;

export interface AuditFilter {
  readonly type?: string;
  readonly actorId?: string;
  readonly subjectId?: string;
  readonly email?: string;
  readonly from?: Date;
  /** Not included. */
  readonly to?: Date;
}

/** One number for all nodes of the service, beside that of migrations: "audit" in ASCII. */
const SEALER_LOCK = 0x6175646974;

// Whatever is recorded, so that a field added to the table is written, too.
const { sealNo: _no, sealMac: _mac, ...recorded } = getTableColumns(auditEvents);
const FIELDS = Object.keys(recorded) as (keyof typeof recorded)[];
const INSERT = `INSERT INTO audit_events (${FIELDS.map((field) => auditEvents[field].name).join(', ')})
  VALUES (${FIELDS.map((_, at) => `$${at + 1}`).join(', ')})`;

@Injectable()
export class AuditRepository {
  async insert(tx: Transaction, record: AuditRecord): Promise<void> {
    await ask(
      tx,
      INSERT,
      FIELDS.map((field) => record[field]),
    );
  }

  /** False where another node is sealing; else held until the transaction ends. */
  async tryLock(tx: Transaction): Promise<boolean> {
    const { rows } = await tx.execute<{ held: boolean }>(
      sql`SELECT pg_try_advisory_xact_lock(${SEALER_LOCK}) AS held`,
    );
    return rows[0]?.held === true;
  }

  async hasUnsealed(database: Queryable): Promise<boolean> {
    const found = await database
      .select({ id: auditEvents.id })
      .from(auditEvents)
      .where(isNull(auditEvents.sealNo))
      .limit(1);
    return found.length > 0;
  }

  /**
   * What is committed and has no place yet, in the order in which it happened; after a row, for what a run has
   * sealed lies dead at the beginning of the index and would be stepped over again for every batch.
   */
  unsealed(database: Queryable, limit: number, after?: string): Promise<Pick<AuditRow, 'id' | 'mac'>[]> {
    return database
      .select({ id: auditEvents.id, mac: auditEvents.mac })
      .from(auditEvents)
      .where(unsealedAfter(after))
      .orderBy(auditEvents.id)
      .limit(limit);
  }

  async head(database: Queryable): Promise<Head | undefined> {
    const [row] = await database
      .select({ no: auditEvents.sealNo, mac: auditEvents.sealMac })
      .from(auditEvents)
      .where(isNotNull(auditEvents.sealNo))
      .orderBy(desc(auditEvents.sealNo))
      .limit(1);
    return row && { no: row.no!, mac: row.mac ?? Buffer.alloc(0) };
  }

  async sealAt(database: Queryable, no: number): Promise<Buffer | undefined> {
    const [row] = await database
      .select({ mac: auditEvents.sealMac })
      .from(auditEvents)
      .where(eq(auditEvents.sealNo, no));
    return row?.mac ?? undefined;
  }

  /** Gives rows their places. */
  async place(tx: Transaction, ids: readonly string[], places: readonly Head[]): Promise<void> {
    const numbers = places.map(({ no }) => no);
    const seals = places.map(({ mac }) => mac);
    const { rowCount } = await tx.execute(sql`
      UPDATE ${auditEvents} SET seal_no = placed.no, seal_mac = placed.mac
      FROM unnest(${sql.param(ids)}::uuid[], ${sql.param(numbers)}::bigint[], ${sql.param(seals)}::bytea[])
        AS placed(id, no, mac)
      WHERE ${auditEvents.id} = placed.id AND ${auditEvents.sealNo} IS NULL`);
    if (rowCount !== ids.length) throw new Error(`Of ${ids.length} rows, ${rowCount} were sealed.`);
  }

  /** The chain after a place, in its order. */
  sealedAfter(database: Queryable, no: number, limit: number): Promise<AuditRow[]> {
    return database
      .select()
      .from(auditEvents)
      .where(gt(auditEvents.sealNo, no))
      .orderBy(asc(auditEvents.sealNo))
      .limit(limit);
  }

  unsealedAfter(database: Queryable, id: string | undefined, limit: number): Promise<AuditRow[]> {
    return database.select().from(auditEvents).where(unsealedAfter(id)).orderBy(auditEvents.id).limit(limit);
  }

  async countSealedUpTo(database: Queryable, no: number): Promise<number> {
    const [counted] = await database
      .select({ rows: count() })
      .from(auditEvents)
      .where(lte(auditEvents.sealNo, no));
    return counted!.rows;
  }

  /** The newest first. Ids are made of the very milliseconds in `at`, so that a span of time is one of the primary key. */
  list(database: Queryable, filter: AuditFilter, limit: number, beforeId?: string): Promise<AuditRow[]> {
    const { type, actorId, subjectId, email, from, to } = filter;
    return database
      .select()
      .from(auditEvents)
      .where(
        and(
          type === undefined ? undefined : eq(auditEvents.type, type),
          actorId === undefined ? undefined : eq(auditEvents.actorId, actorId),
          subjectId === undefined ? undefined : eq(auditEvents.subjectId, subjectId),
          email === undefined ? undefined : eq(auditEvents.email, email),
          from && and(gte(auditEvents.at, from), gte(auditEvents.id, firstIdAt(from))),
          to && and(lt(auditEvents.at, to), lt(auditEvents.id, firstIdAt(to))),
          beforeId === undefined ? undefined : lt(auditEvents.id, beforeId),
        ),
      )
      .orderBy(desc(auditEvents.id))
      .limit(limit);
  }

  /** Which of these users were deleted. */
  async deletedOf(tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string | null>> {
    if (ids.length === 0) return new Set();
    const rows = await tx
      .select({ id: auditEvents.subjectId })
      .from(auditEvents)
      .where(and(eq(auditEvents.type, USER_DELETED), inArray(auditEvents.subjectId, [...ids])));
    return new Set(rows.map(({ id }) => id));
  }

  /** Erases what names a person, and with it the salts; answers how many groups of fields that were. */
  async erase(tx: Transaction, id: string, email?: string): Promise<number> {
    const given = await tx
      .selectDistinct({ email: auditEvents.email })
      .from(auditEvents)
      .where(and(eq(auditEvents.subjectId, id), isNotNull(auditEvents.email)));
    const addresses = [...given.map((row) => row.email!), ...(email === undefined ? [] : [email])];
    const about = or(eq(auditEvents.subjectId, id), inArray(auditEvents.email, addresses));
    // What nobody proved to have done, as an attempt to sign in, is taken to be the account's owner's as well.
    const by = or(eq(auditEvents.actorId, id), and(isNull(auditEvents.actorId), about));
    const origins = await tx
      .update(auditEvents)
      .set({ ip: null, agent: null, actorSalt: null })
      .where(and(isNotNull(auditEvents.actorSalt), by));
    const subjects = await tx
      .update(auditEvents)
      .set({ email: null, subjectSalt: null })
      .where(and(isNotNull(auditEvents.subjectSalt), about));
    return (origins.rowCount ?? 0) + (subjects.rowCount ?? 0);
  }
}

function unsealedAfter(id: string | undefined) {
  return and(isNull(auditEvents.sealNo), id === undefined ? undefined : gt(auditEvents.id, id));
}
