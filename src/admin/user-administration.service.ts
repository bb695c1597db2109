import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { NotFound } from '../platform/http/index.js';
import { RolesService } from '../roles/index.js';
import { UsersService, type User, type UserId } from '../users/index.js';
import type { AdminPermission } from './admin.permissions.js';
import { AuthoritiesService } from './authorities.service.js';
import type { Authority } from './authority.js';

/** Whom a change is about. */
export type Whom = { readonly id: UserId } | { readonly email: string };

type Work = (tx: Transaction, user: User, authority: Authority) => Promise<unknown>;

/** Finds the user that a change is about, in a transaction in which nobody else changes who may do what. */
@Injectable()
export class UserAdministrationService {
  constructor(
    private readonly database: Database,
    private readonly authorities: AuthoritiesService,
    private readonly users: UsersService,
    private readonly roles: RolesService,
  ) {}

  /** @throws `not_found`; `forbidden` for whoever holds less than the user; what `AuthoritiesService.begin` throws */
  administer(whom: Whom, needed: AdminPermission, origin: Origin, work: Work): Promise<void> {
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, needed);
      await work(tx, await this.findBelow(tx, whom, authority), authority);
    });
  }

  /** The same, and what the user is like afterwards. */
  change(whom: Whom, needed: AdminPermission, origin: Origin, work: Work): Promise<User> {
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, needed);
      const user = await this.findBelow(tx, whom, authority);
      await work(tx, user, authority);
      return this.find(tx, user);
    });
  }

  private async findBelow(tx: Transaction, whom: Whom, authority: Authority): Promise<User> {
    const user = await this.find(tx, whom);
    authority.requireRoles(await this.roles.known(tx, user.roles));
    return user;
  }

  private async find(tx: Transaction, whom: Whom): Promise<User> {
    const user = await ('id' in whom
      ? this.users.find(whom.id, tx)
      : this.users.findByAddress(tx, whom.email));
    if (!user) throw NotFound();
    return user;
  }
}
