import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../platform/clock/index.js';
import { Database, violates, type Queryable, type Transaction } from '../platform/database/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';
import { DEFAULT_ROLE, RolesService } from '../roles/index.js';
import type { Caller } from './caller.js';
import {
  hasAddressForm,
  normalizeAddress,
  type RaisedUser,
  type User,
  type UserFilter,
  type UserId,
} from './user.js';
import { EmailTaken } from './users.problems.js';
import { UsersRepository } from './users.repository.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly repository: UsersRepository,
    private readonly roles: RolesService,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws `email_taken` where the address is in use: the unique index decides, so that of two at once one
   *   succeeds.
   */
  async create(
    tx: Transaction,
    {
      email,
      name,
      roles = [DEFAULT_ROLE],
    }: { email: string; name: string | null; roles?: readonly string[] },
  ): Promise<User> {
    const createdAt = this.clock.now();
    const id = uuidv7({ msecs: createdAt.getTime() });
    try {
      await this.repository.insert(tx, { id, email, name, roles, createdAt });
    } catch (error) {
      if (violates(error, 'unique', 'users_email_unique')) throw EmailTaken();
      throw error;
    }
    return {
      id,
      email,
      emailVerified: false,
      name,
      roles,
      createdAt,
      updatedAt: createdAt,
      disabledAt: null,
    };
  }

  find(id: UserId, database: Queryable = this.database.orm): Promise<User | undefined> {
    return this.repository.find(database, id);
  }

  /** Sets the name, or clears it with null. */
  rename(id: UserId, name: string | null): Promise<User | undefined> {
    return this.repository.rename(this.database.orm, id, name, this.clock.now());
  }

  /** In the order in which they were made. @throws `validation_failed` on `role`, where there is no such role */
  async list({ limit, after }: PageAsked, filter: UserFilter = {}): Promise<Page<User>> {
    if (filter.role !== undefined) await this.roles.require(this.database.orm, filter.role);
    const rows =
      (after === undefined && (await this.withAddress(filter))) ||
      (await this.repository.list(this.database.orm, filter, limit + 1, after));
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** A search for a whole address is for its user: what else holds it as a part is sought only where there is none. */
  private async withAddress({ search = '', ...filter }: UserFilter): Promise<User[] | undefined> {
    const email = normalizeAddress(search);
    if (!hasAddressForm(email)) return undefined;
    const found = await this.repository.list(this.database.orm, { ...filter, email }, 1, undefined);
    return found.length > 0 ? found : undefined;
  }

  async findByAddress(tx: Transaction, email: string): Promise<User | undefined> {
    const id = await this.repository.idOf(tx, email);
    return id === undefined ? undefined : this.repository.find(tx, id);
  }

  /** Undefined where nobody has the address. Old access tokens die with their sessions: the caller ends those. */
  raiseVersion(tx: Transaction, email: string): Promise<RaisedUser | undefined> {
    return this.repository.raiseVersion(tx, email, this.clock.now());
  }

  /**
   * The same by its id. Undefined where the user is gone, or not in the version asked for.
   *
   * @param from the version in which it was proved; that of somebody disabled since is another
   */
  raiseVersionOf(tx: Transaction, id: UserId, from?: number): Promise<RaisedUser | undefined> {
    return this.repository.raiseVersionOf(tx, id, from, this.clock.now());
  }

  /** What a token says of its user; undefined where the user is gone or disabled. */
  caller(database: Queryable, id: UserId): Promise<Caller | undefined> {
    return this.repository.caller(database, id);
  }
}
