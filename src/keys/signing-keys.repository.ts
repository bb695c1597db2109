import { Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { signingKeys } from './signing-keys.table.js';

export type StoredKey = typeof signingKeys.$inferSelect;

@Injectable()
export class SigningKeysRepository {
  /** One node at a time makes keys: the others wait here, then find them. */
  async lock(tx: Transaction): Promise<void> {
    await tx.execute(sql`LOCK TABLE ${signingKeys} IN SHARE ROW EXCLUSIVE MODE`);
  }

  all(database: Queryable): Promise<StoredKey[]> {
    return database.select().from(signingKeys).orderBy(signingKeys.createdAt, signingKeys.kid);
  }

  /** As the first migration had them: for a database whose other columns may still be missing. */
  sealed(database: Queryable): Promise<Pick<StoredKey, 'kid' | 'privateKey'>[]> {
    return database.select({ kid: signingKeys.kid, privateKey: signingKeys.privateKey }).from(signingKeys);
  }

  async insert(tx: Transaction, key: StoredKey): Promise<void> {
    await tx.insert(signingKeys).values(key);
  }
}
