import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { RolesService } from '../roles/index.js';
import { SessionsService } from '../sessions/index.js';
import { UserChangesService, type User, type UserId } from '../users/index.js';
import type { Authority } from './authority.js';
import { UserAdministrationService } from './user-administration.service.js';

/**
 * Gives and takes roles. Access tokens that name the old ones are revoked in the same transaction; a refresh
 * gives the new ones.
 */
@Injectable()
export class UserRolesService {
  constructor(
    private readonly administration: UserAdministrationService,
    private readonly roles: RolesService,
    private readonly changes: UserChangesService,
    private readonly sessions: SessionsService,
  ) {}

  /** @throws `not_found`, `validation_failed`, `forbidden`, `conflict` for the last admin */
  set(id: UserId, names: readonly string[], origin: Origin): Promise<User> {
    return this.administration.change({ id }, 'user:write', origin, (tx, user, authority) =>
      this.put(tx, user, names, authority, origin),
    );
  }

  /** @throws `not_found`, `validation_failed` on `role` */
  grant(email: string, name: string, origin: Origin): Promise<User> {
    return this.administration.change({ email }, 'user:write', origin, async (tx, user, authority) => {
      await this.roles.require(tx, name);
      await this.put(tx, user, [...new Set([...user.roles, name])], authority, origin);
    });
  }

  /** @throws `not_found`, `validation_failed` on `role`, `conflict` for the last admin */
  revoke(email: string, name: string, origin: Origin): Promise<User> {
    return this.administration.change({ email }, 'user:write', origin, async (tx, user, authority) => {
      await this.roles.require(tx, name);
      await this.put(
        tx,
        user,
        user.roles.filter((role) => role !== name),
        authority,
        origin,
      );
    });
  }

  private async put(
    tx: Transaction,
    user: User,
    names: readonly string[],
    authority: Authority,
    origin: Origin,
  ): Promise<void> {
    const roles = await this.roles.known(tx, names);
    authority.requireRoles(roles);
    const raised = await this.changes.setRoles(tx, user, names, origin);
    if (raised) await this.sessions.revokeTokens(tx, raised.id, raised.version);
  }
}
