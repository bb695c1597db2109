import { Injectable } from '@nestjs/common';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService } from '../sessions/index.js';
import { UserChangesService, type User, type UserId } from '../users/index.js';
import { SessionsEnded } from './admin.events.js';
import { UserAdministrationService } from './user-administration.service.js';

/** Who may sign in, and who is signed in. */
@Injectable()
export class UserStandingService {
  constructor(
    private readonly administration: UserAdministrationService,
    private readonly changes: UserChangesService,
    private readonly sessions: SessionsService,
    private readonly events: Events,
  ) {}

  /** @param name undefined leaves it, null clears it @throws `not_found` */
  rename(id: UserId, name: string | null | undefined, origin: Origin): Promise<User> {
    return this.administration.change({ id }, 'user:write', origin, async (tx, user) => {
      if (name !== undefined && name !== user.name) await this.changes.rename(tx, user, name, origin);
    });
  }

  /** Its sessions end, and its access tokens with them. @throws `not_found`, `conflict` for the last admin */
  disable(id: UserId, origin: Origin): Promise<User> {
    return this.administration.change({ id }, 'user:write', origin, async (tx, user) => {
      if (user.disabledAt !== null) return;
      const { version } = await this.changes.disable(tx, user, origin);
      await this.sessions.endAll(tx, user.id, version);
    });
  }

  /** Sessions that ended stay so. @throws `not_found` */
  enable(id: UserId, origin: Origin): Promise<User> {
    return this.administration.change({ id }, 'user:write', origin, async (tx, user) => {
      if (user.disabledAt !== null) await this.changes.enable(tx, user, origin);
    });
  }

  /** Signs the user out everywhere. @throws `not_found` */
  endSessions(id: UserId, origin: Origin): Promise<void> {
    return this.administration.administer({ id }, 'session:write', origin, async (tx, user) => {
      const { version } = await this.changes.raise(tx, user);
      const sessions_ended = await this.sessions.endAll(tx, user.id, version);
      await this.events.publish(tx, SessionsEnded(origin, { id: user.id }, { sessions_ended }));
    });
  }

  /** For good. Access tokens are revoked first: their user will be gone. @throws `not_found`, `conflict` */
  delete(id: UserId, origin: Origin): Promise<void> {
    return this.administration.administer({ id }, 'user:write', origin, async (tx, user) => {
      const { version } = await this.changes.raise(tx, user);
      await this.sessions.endAll(tx, user.id, version);
      await this.changes.delete(tx, user, origin);
    });
  }
}
