import { Injectable } from '@nestjs/common';
import { accessProblems } from '../access/index.js';
import type { Transaction } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { RolesService } from '../roles/index.js';
import { UsersService } from '../users/index.js';
import type { AdminPermission } from './admin.permissions.js';
import { HeldAuthority, OPERATOR, type Authority } from './authority.js';

/** Begins every change that administration makes. */
@Injectable()
export class AuthoritiesService {
  constructor(
    private readonly roles: RolesService,
    private readonly users: UsersService,
  ) {}

  /**
   * Takes the lock under which who may do what is changed, and reads by the database what its origin holds: a token
   * that was genuine when the request came may be of somebody whose role another request has just taken away.
   *
   * @param needed what the route asks for, once more
   * @throws `token_revoked` for a caller who is gone or disabled; `forbidden`
   */
  async begin(tx: Transaction, origin: Origin, needed: AdminPermission): Promise<Authority> {
    await this.roles.lock(tx);
    if (origin.via === 'command_line') return OPERATOR;
    const caller = origin.actorId === null ? undefined : await this.users.caller(tx, origin.actorId);
    if (!caller) throw accessProblems.TokenRevoked();
    if (!caller.permissions.includes(needed)) throw accessProblems.InsufficientScope([needed]);
    return new HeldAuthority(caller.roles, caller.permissions);
  }
}
