import { Injectable } from '@nestjs/common';
import { and, eq, lt, lte, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { signingKeys } from './signing-keys.table.js';

export type StoredKey = typeof signingKeys.$inferSelect;

/** A key without its private half: how it stands. */
export type KeyStanding = Omit<StoredKey, 'privateKey'>;

const STANDING = {
  kid: signingKeys.kid,
  algorithm: signingKeys.algorithm,
  stage: signingKeys.stage,
  createdAt: signingKeys.createdAt,
  signsSince: signingKeys.signsSince,
  longestTtl: signingKeys.longestTtl,
  keepUntil: signingKeys.keepUntil,
};

@Injectable()
export class SigningKeysRepository {
  /** One change of the set after the other: the other nodes wait here, then find what was done. */
  async lock(tx: Transaction): Promise<void> {
    await tx.execute(sql`LOCK TABLE ${signingKeys} IN SHARE ROW EXCLUSIVE MODE`);
  }

  all(database: Queryable): Promise<StoredKey[]> {
    return database.select().from(signingKeys).orderBy(signingKeys.createdAt, signingKeys.kid);
  }

  standing(database: Queryable): Promise<KeyStanding[]> {
    return database.select(STANDING).from(signingKeys).orderBy(signingKeys.createdAt, signingKeys.kid);
  }

  /** As the first migration had them: for a database whose other columns may still be missing. */
  sealed(database: Queryable): Promise<Pick<StoredKey, 'kid' | 'privateKey'>[]> {
    return database.select({ kid: signingKeys.kid, privateKey: signingKeys.privateKey }).from(signingKeys);
  }

  async insert(tx: Transaction, key: StoredKey): Promise<void> {
    await tx.insert(signingKeys).values(key);
  }

  async change(tx: Transaction, kid: string, to: Partial<Omit<StoredKey, 'kid'>>): Promise<void> {
    await tx.update(signingKeys).set(to).where(eq(signingKeys.kid, kid));
  }

  async delete(tx: Transaction, kid: string): Promise<void> {
    await tx.delete(signingKeys).where(eq(signingKeys.kid, kid));
  }

  async deleteExpired(tx: Transaction, now: Date): Promise<void> {
    await tx.delete(signingKeys).where(lte(signingKeys.keepUntil, now));
  }

  /** Never shortens it. */
  async lengthenTtl(database: Queryable, kid: string, seconds: number): Promise<void> {
    await database
      .update(signingKeys)
      .set({ longestTtl: seconds })
      .where(and(eq(signingKeys.kid, kid), lt(signingKeys.longestTtl, seconds)));
  }
}
