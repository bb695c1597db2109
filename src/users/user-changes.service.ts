import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import type { Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { ADMIN_ROLE, Conflict, RolesService } from '../roles/index.js';
import type { RaisedUser, User } from './user.js';
import {
  UserCreated,
  UserDeleted,
  UserDisabled,
  UserEnabled,
  UserRenamed,
  UserRolesChanged,
} from './users.events.js';
import { LAST_ADMIN } from './users.problems.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

export interface NewUser {
  readonly email: string;
  readonly name: string | null;
  /** Roles that exist. */
  readonly roles: readonly string[];
}

/**
 * What is done to users by others. Each runs in a transaction that began with the lock of roles, so that of two
 * at once the second sees what the first did. Whoever gets a `RaisedUser` back has to revoke its access tokens.
 */
@Injectable()
export class UserChangesService {
  constructor(
    private readonly users: UsersService,
    private readonly repository: UsersRepository,
    private readonly roles: RolesService,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** @throws `email_taken`; `validation_failed` where the roles' permissions are too many */
  async create(tx: Transaction, made: NewUser, origin: Origin): Promise<User> {
    await this.roles.requireFittingScopes(tx, [made.roles], 'roles');
    const user = await this.users.create(tx, made);
    const { id, email, roles } = user;
    await this.events.publish(tx, UserCreated(origin, { id, email }, { roles }));
    return user;
  }

  async rename(tx: Transaction, { id }: User, name: string | null, origin: Origin): Promise<void> {
    await this.repository.rename(tx, id, name, this.clock.now());
    await this.events.publish(tx, UserRenamed(origin, { id }));
  }

  /**
   * @param names roles that exist
   * @returns undefined where the user has these roles already
   * @throws `conflict` for the last admin; `validation_failed` where their permissions are too many
   */
  async setRoles(
    tx: Transaction,
    user: User,
    names: readonly string[],
    origin: Origin,
  ): Promise<RaisedUser | undefined> {
    const added = names.filter((name) => !user.roles.includes(name)).sort();
    const removed = user.roles.filter((name) => !names.includes(name));
    if (added.length + removed.length === 0) return undefined;
    if (removed.includes(ADMIN_ROLE)) await this.requireOtherAdmin(tx, user);
    await this.roles.requireFittingScopes(tx, [names], 'roles');
    await this.repository.setRoles(tx, user.id, names);
    await this.events.publish(tx, UserRolesChanged(origin, { id: user.id }, { added, removed }));
    return this.repository.raise(tx, user.id, this.clock.now());
  }

  /** @throws `conflict` for the last admin */
  async disable(tx: Transaction, user: User, origin: Origin): Promise<RaisedUser> {
    await this.requireOtherAdmin(tx, user);
    await this.events.publish(tx, UserDisabled(origin, { id: user.id }));
    const at = this.clock.now();
    return this.repository.raise(tx, user.id, at, { disabledAt: at });
  }

  async enable(tx: Transaction, { id }: User, origin: Origin): Promise<void> {
    await this.repository.enable(tx, id, this.clock.now());
    await this.events.publish(tx, UserEnabled(origin, { id }));
  }

  /** Access tokens issued before are not to be trusted any more. */
  raise(tx: Transaction, { id }: User): Promise<RaisedUser> {
    return this.repository.raise(tx, id, this.clock.now());
  }

  /** After its sessions were ended in the same transaction. @throws `conflict` for the last admin */
  async delete(tx: Transaction, user: User, origin: Origin): Promise<void> {
    await this.requireOtherAdmin(tx, user);
    await this.events.publish(tx, UserDeleted(origin, { id: user.id, email: user.email }));
    await this.repository.delete(tx, user.id);
  }

  /** Whether anybody holds the role, disabled or not. */
  isHeld(tx: Transaction, role: string): Promise<boolean> {
    return this.repository.isHeld(tx, role);
  }

  /** @throws `validation_failed` on `permissions` where somebody who holds the role would hold too many */
  async requireFittingScopes(tx: Transaction, role: string): Promise<void> {
    const sets = await this.repository.roleSetsWith(tx, role);
    await this.roles.requireFittingScopes(tx, sets, 'permissions');
  }

  private async requireOtherAdmin(tx: Transaction, user: User): Promise<void> {
    const isAdmin = user.roles.includes(ADMIN_ROLE) && user.disabledAt === null;
    if (isAdmin && !(await this.repository.isHeldByOther(tx, ADMIN_ROLE, user.id)))
      throw Conflict({ detail: LAST_ADMIN });
  }
}
