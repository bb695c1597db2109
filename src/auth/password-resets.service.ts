import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService } from '../sessions/index.js';
import { UsersService, type UserId } from '../users/index.js';
import { PasswordSet } from './auth.events.js';

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
    private readonly sessions: SessionsService,
    private readonly events: Events,
  ) {}

  /**
   * One transaction: whoever was signed in with the old password is not any more, and a login that was
   * checking the old one meanwhile opens no session (the version it proved is gone).
   *
   * @returns undefined where nobody has the address
   */
  async set(email: string, password: string, origin: Origin): Promise<PasswordReset | undefined> {
    const hash = await this.passwords.hash(password, 'operator');
    return this.database.transaction(async (tx) => {
      const raised = await this.users.raiseVersion(tx, email);
      if (!raised) return undefined;
      const { id, version } = raised;
      await this.passwords.replace(tx, id, hash);
      const sessionsEnded = await this.sessions.endAll(tx, id, version);
      await this.events.publish(tx, PasswordSet(origin, { id }, { sessions_ended: sessionsEnded }));
      return { id, sessionsEnded };
    });
  }
}
