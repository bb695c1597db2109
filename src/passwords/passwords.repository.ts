import { Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import { ask, type Queryable, type Transaction } from '../platform/database/index.js';
import type { UserId } from '../users/index.js';
import { passwords } from './passwords.table.js';

export interface StoredPassword {
  readonly userId: UserId;
  readonly userVersion: number;
  readonly disabled: boolean;
  readonly hash: string;
}

const BY_ADDRESS = `
  SELECT users.id AS "userId", users.version AS "userVersion", users.disabled_at IS NOT NULL AS disabled,
    passwords.hash
  FROM users JOIN passwords ON passwords.user_id = users.id
  WHERE users.email = $1`;

@Injectable()
export class PasswordsRepository {
  async insert(tx: Transaction, userId: UserId, hash: string, changedAt: Date): Promise<void> {
    await tx.insert(passwords).values({ userId, hash, changedAt });
  }

  /** Sets the password, whether there was one or not. */
  async replace(tx: Transaction, userId: UserId, hash: string, changedAt: Date): Promise<void> {
    await tx
      .insert(passwords)
      .values({ userId, hash, changedAt })
      .onConflictDoUpdate({ target: passwords.userId, set: { hash, changedAt } });
  }

  async findByAddress(database: Queryable, email: string): Promise<StoredPassword | undefined> {
    const { rows } = await ask<StoredPassword>(database, BY_ADDRESS, [email]);
    return rows[0];
  }

  /** Only where the hash is still the one that was verified: a password changed meanwhile stays changed. */
  async rehash(database: Queryable, userId: UserId, verified: string, hash: string): Promise<void> {
    await database
      .update(passwords)
      .set({ hash })
      .where(and(eq(passwords.userId, userId), eq(passwords.hash, verified)));
  }
}
