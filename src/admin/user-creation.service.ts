import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { clientAddress } from '../platform/limits/index.js';
import { DEFAULT_ROLE, RolesService } from '../roles/index.js';
import { UserChangesService, type User } from '../users/index.js';
import { AuthoritiesService } from './authorities.service.js';

export interface AccountToMake {
  readonly email: string;
  /** Without one nobody can sign in until an operator sets it. */
  readonly password?: string | undefined;
  readonly name?: string | null | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** Makes accounts for others. */
@Injectable()
export class UserCreationService {
  constructor(
    private readonly database: Database,
    private readonly authorities: AuthoritiesService,
    private readonly roles: RolesService,
    private readonly changes: UserChangesService,
    private readonly passwords: PasswordsService,
  ) {}

  /** @throws `email_taken`, `validation_failed`, `forbidden`, `service_overloaded` */
  async create(
    { email, password, name = null, roles: names = [DEFAULT_ROLE] }: AccountToMake,
    origin: Origin,
  ): Promise<User> {
    const asker = { address: clientAddress(origin.ip), known: true };
    const hash = password === undefined ? undefined : await this.passwords.hash(password, asker);
    return this.database.transaction(async (tx) => {
      const authority = await this.authorities.begin(tx, origin, 'user:write');
      const roles = await this.roles.known(tx, names);
      authority.requireRoles(roles);
      const user = await this.changes.create(tx, { email, name, roles: [...names].sort() }, origin);
      if (hash !== undefined) await this.passwords.keep(tx, user.id, hash);
      return user;
    });
  }
}
