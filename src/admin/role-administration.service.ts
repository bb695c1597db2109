import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { NotFound } from '../platform/http/index.js';
import type { LocalizedText } from '../platform/problem/index.js';
import { Conflict, RolesService, type Role } from '../roles/index.js';
import { UserChangesService } from '../users/index.js';
import { AuthoritiesService } from './authorities.service.js';
import type { Authority } from './authority.js';

const ROLE_IN_USE: LocalizedText = {
  en: 'Somebody holds this role. Take it from its users first; GET /admin/users?role= lists them.',
  ko: '이 역할을 가진 사용자가 있습니다. 먼저 사용자에게서 역할을 회수하십시오. 목록은 GET /admin/users?role= 로 확인할 수 있습니다.',
};

/** Makes, changes and deletes roles. */
@Injectable()
export class RoleAdministrationService {
  constructor(
    private readonly database: Database,
    private readonly authorities: AuthoritiesService,
    private readonly roles: RolesService,
    private readonly users: UserChangesService,
  ) {}

  /** @throws `conflict` where the name is taken; `validation_failed`; `forbidden` */
  create(name: string, permissions: readonly string[], origin: Origin): Promise<Role> {
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, 'role:write');
      const role = await this.roles.create(tx, name, permissions, origin);
      authority.requirePermissions(permissions);
      return role;
    });
  }

  /**
   * Who holds the role loses what it no longer grants at once, and gets what is new with the next refresh.
   *
   * @param permissions undefined leaves them
   * @throws `not_found`; `forbidden`; `conflict` for admin; `validation_failed`
   */
  change(name: string, permissions: readonly string[] | undefined, origin: Origin): Promise<Role> {
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, 'role:write');
      const before = await this.find(tx, name, authority);
      if (permissions === undefined) return before;
      const role = await this.roles.change(tx, before, permissions, origin);
      authority.requirePermissions(permissions);
      await this.users.requireFittingScopes(tx, name);
      return role;
    });
  }

  /** @throws `not_found`; `forbidden`; `conflict` for a role that is built in or held by somebody */
  delete(name: string, origin: Origin): Promise<void> {
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, 'role:write');
      const role = await this.find(tx, name, authority);
      if (!role.builtIn && (await this.users.isHeld(tx, name))) throw Conflict({ detail: ROLE_IN_USE });
      await this.roles.delete(tx, role, origin);
    });
  }

  private async find(tx: Transaction, name: string, authority: Authority): Promise<Role> {
    const role = await this.roles.find(tx, name);
    if (!role) throw NotFound();
    authority.requirePermissions(role.permissions);
    return role;
  }
}
