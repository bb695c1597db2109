import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import type { Problem } from '../platform/problem/index.js';
import { isPlainText } from '../platform/requests/index.js';
import type { UserId } from '../users/index.js';
import { normalizePassword } from './password.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordQueue, type InTurn } from './password-queue.js';
import { PasswordsRepository, type StoredPassword } from './passwords.repository.js';
import type { Asker } from './places.js';
import type { Proof } from './proof.js';

@Injectable()
export class PasswordsService {
  constructor(
    private readonly database: Database,
    private readonly repository: PasswordsRepository,
    private readonly hasher: PasswordHasher,
    private readonly queue: PasswordQueue,
    private readonly clock: Clock,
  ) {}

  /** Before the first request: what the first unknown account is checked against, and how long a hash takes here. */
  async prepare(): Promise<void> {
    await this.queue.admit('operator', (inTurn) => inTurn(() => this.hasher.prepare()));
  }

  /** Whether there is a place for that client at this moment: to be asked before anything is done for it. */
  hasPlace(asker: Asker): boolean {
    return this.queue.hasPlace(asker);
  }

  /** Counts a refusal for want of a place, and hands over what is told. */
  refuse(): Problem {
    return this.queue.refuse();
  }

  /**
   * Hash first, then open the transaction: no connection waits while a hash is computed.
   *
   * @throws `service_overloaded`
   */
  hash(password: string, asker: Asker): Promise<string> {
    return this.queue.admit(asker, (inTurn) => inTurn(() => this.hasher.hash(normalizePassword(password))));
  }

  async keep(tx: Transaction, userId: UserId, hash: string): Promise<void> {
    await this.repository.insert(tx, userId, hash, this.clock.now());
  }

  /** In place of the one before. Sessions that it opened are ended by the caller, in the same transaction. */
  async replace(tx: Transaction, userId: UserId, hash: string): Promise<void> {
    await this.repository.replace(tx, userId, hash, this.clock.now());
  }

  /**
   * Checks a claim. Unknown account, wrong password and disabled user all cost one place in the queue, one
   * look-up and one hash, and all give undefined.
   *
   * @throws `service_overloaded`, before the look-up
   */
  prove(email: string, presented: string, asker: Asker): Promise<Proof | undefined> {
    return this.queue.admit(asker, (inTurn) => this.check(email, normalizePassword(presented), inTurn));
  }

  private async check(email: string, password: string, inTurn: InTurn): Promise<Proof | undefined> {
    const stored = await this.repository.findByAddress(this.database.orm, email);
    const genuine = await inTurn(() =>
      stored ? this.hasher.verify(stored.hash, password) : this.hasher.verifyNothing(password),
    );
    // A lone surrogate hashes as U+FFFD would: what no password may hold proves nothing.
    if (!stored || !genuine || stored.disabled || !isPlainText(password)) return undefined;
    if (this.hasher.isOutdated(stored.hash)) await this.renew(stored, password, inTurn);
    return {
      userId: stored.userId,
      userVersion: stored.userVersion,
      method: 'pwd',
      provenAt: this.clock.now(),
    };
  }

  private async renew(stored: StoredPassword, password: string, inTurn: InTurn): Promise<void> {
    const renewed = await inTurn(() => this.hasher.hash(password));
    await this.repository.rehash(this.database.orm, stored.userId, stored.hash, renewed);
  }
}
