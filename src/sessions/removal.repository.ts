import { Injectable } from '@nestjs/common';
import { ask, type Queryable, type Transaction } from '../platform/database/index.js';
import type { SessionId } from './session.js';

/** A stretch of sessions, in the order in which they were opened. */
export interface Stretch {
  /** Not included. */
  readonly from: SessionId;
  readonly to: SessionId;
}

/** How long ago is long enough; of the database's clock and this node's, by the earlier. */
export interface Ends {
  readonly openedBefore: Date;
  readonly overBefore: Date;
}

const LAST_OF_STRETCH = `
  SELECT id FROM (SELECT id FROM sessions WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3) AS stretch
  ORDER BY id DESC LIMIT 1`;

/** LEAST passes over what is null. What somebody holds is left for the next run: nobody waits for a removal. */
const REMOVE_SESSIONS = `
  DELETE FROM sessions WHERE id = ANY(ARRAY(
    SELECT id FROM sessions
    WHERE id > $1 AND id <= $2 AND created_at < $3
      AND least(ended_at, idle_expires_at, expires_at) < $4 AND tokens_expire_by < $4
    ORDER BY id FOR UPDATE SKIP LOCKED))`;

const REMOVE_REVOCATIONS = `
  DELETE FROM revocations WHERE id = ANY(ARRAY(
    SELECT id FROM revocations WHERE keep_until < $1
    ORDER BY keep_until LIMIT $2 FOR UPDATE SKIP LOCKED))`;

/** Takes out what nobody asks for any more. */
@Injectable()
export class RemovalRepository {
  /** By the database's clock. */
  async time(database: Queryable): Promise<Date> {
    return (await ask<{ at: Date }>(database, 'SELECT statement_timestamp() AS at', [])).rows[0]!.at;
  }

  /** Undefined where nothing lies between. */
  async lastOfStretch(
    database: Queryable,
    from: SessionId,
    before: SessionId,
    rows: number,
  ): Promise<SessionId | undefined> {
    return (await ask<{ id: SessionId }>(database, LAST_OF_STRETCH, [from, before, rows])).rows[0]?.id;
  }

  /** Answers how many were removed. */
  async removeSessions(
    tx: Transaction,
    { from, to }: Stretch,
    { openedBefore, overBefore }: Ends,
  ): Promise<number> {
    return (await ask(tx, REMOVE_SESSIONS, [from, to, openedBefore, overBefore])).rowCount ?? 0;
  }

  /** Answers how many were removed. */
  async removeRevocations(tx: Transaction, keptUntilBefore: Date, rows: number): Promise<number> {
    return (await ask(tx, REMOVE_REVOCATIONS, [keptUntilBefore, rows])).rowCount ?? 0;
  }
}
