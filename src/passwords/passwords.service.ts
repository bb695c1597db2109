import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import type { UserId } from '../users/index.js';
import { hasPasswordCharacters, normalizePassword } from './password.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordsRepository } from './passwords.repository.js';
import type { Proof } from './proof.js';

@Injectable()
export class PasswordsService {
  constructor(
    private readonly database: Database,
    private readonly repository: PasswordsRepository,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  /** Hash first, then open the transaction: no connection waits while a hash is computed. */
  hash(password: string): Promise<string> {
    return this.hasher.hash(normalizePassword(password));
  }

  async keep(tx: Transaction, userId: UserId, hash: string): Promise<void> {
    await this.repository.insert(tx, userId, hash, this.clock.now());
  }

  /** In place of the one before. Sessions that it opened are ended by the caller, in the same transaction. */
  async replace(tx: Transaction, userId: UserId, hash: string): Promise<void> {
    await this.repository.replace(tx, userId, hash, this.clock.now());
  }

  /**
   * Checks a claim. Unknown account, wrong password and disabled user all cost one look-up and one hash, and
   * all give undefined.
   */
  async prove(email: string, presented: string): Promise<Proof | undefined> {
    const password = normalizePassword(presented);
    const stored = await this.repository.findByAddress(this.database.orm, email);
    const genuine = stored
      ? await this.hasher.verify(stored.hash, password)
      : await this.hasher.verifyNothing(password);
    // A lone surrogate hashes as U+FFFD would: what no password may hold proves nothing.
    if (!stored || !genuine || stored.disabled || !hasPasswordCharacters(password)) return undefined;
    if (this.hasher.isOutdated(stored.hash)) {
      const renewed = await this.hasher.hash(password);
      await this.repository.rehash(this.database.orm, stored.userId, stored.hash, renewed);
    }
    return {
      userId: stored.userId,
      userVersion: stored.userVersion,
      method: 'pwd',
      provenAt: this.clock.now(),
    };
  }
}
