import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { UsersService, type UserId } from '../users/index.js';
import { PasswordSet } from './auth.events.js';
import { PasswordReplacements } from './password-replacements.js';

/** What setting a password did. */
export interface PasswordReset {
  readonly id: UserId;
  /** How many sessions it ended. */
  readonly sessionsEnded: number;
}

/** Sets the password of somebody who did not prove the old one: for operators. */
@Injectable()
export class PasswordResetsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly replacements: PasswordReplacements,
  ) {}

  /** @returns undefined where nobody has the address */
  async set(email: string, password: string, origin: Origin): Promise<PasswordReset | undefined> {
    const hash = await this.passwords.hash(password, 'operator');
    return this.database.transaction(async (tx) => {
      const raised = await this.users.raiseVersion(tx, email);
      if (!raised) return undefined;
      const sessionsEnded = await this.replacements.replace(tx, raised, hash, PasswordSet, origin);
      return { id: raised.id, sessionsEnded };
    });
  }
}
