import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../passwords/index.js';
import type { Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService } from '../sessions/index.js';
import type { UserId } from '../users/index.js';
import type { PasswordChanged, PasswordSet } from './auth.events.js';

/** Puts a new password in place of the old one, for whoever may. */
@Injectable()
export class PasswordReplacements {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly events: Events,
  ) {}

  /**
   * Whoever was signed in with the old password is not any more, and a login that was checking the old one
   * meanwhile opens no session: the version that it proved is gone.
   *
   * The version was raised in the same transaction.
   *
   * @returns how many sessions ended
   */
  async replace(
    tx: Transaction,
    { id, version }: { readonly id: UserId; readonly version: number },
    hash: string,
    happened: typeof PasswordChanged | typeof PasswordSet,
    origin: Origin,
  ): Promise<number> {
    await this.passwords.replace(tx, id, hash);
    const sessions_ended = await this.sessions.endAll(tx, id, version);
    await this.events.publish(tx, happened(origin, { id }, { sessions_ended }));
    return sessions_ended;
  }
}
