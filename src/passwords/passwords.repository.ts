import { Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { users, type UserId } from '../users/index.js';
import { passwords } from './passwords.table.js';

export interface StoredPassword {
  readonly userId: UserId;
  readonly userVersion: number;
  readonly disabled: boolean;
  readonly hash: string;
}

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
    const [found] = await database
      .select({
        userId: users.id,
        userVersion: users.version,
        disabledAt: users.disabledAt,
        hash: passwords.hash,
      })
      .from(users)
      .innerJoin(passwords, eq(passwords.userId, users.id))
      .where(eq(users.email, email));
    return found && { ...found, disabled: found.disabledAt !== null };
  }

  /** Only where the hash is still the one that was verified: a password changed meanwhile stays changed. */
  async rehash(database: Queryable, userId: UserId, verified: string, hash: string): Promise<void> {
    await database
      .update(passwords)
      .set({ hash })
      .where(and(eq(passwords.userId, userId), eq(passwords.hash, verified)));
  }
}
