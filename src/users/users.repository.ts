import { Injectable } from '@nestjs/common';
import { and, eq, gt, ilike, isNotNull, isNull, ne, or, sql, type SQL } from 'drizzle-orm';
import { ask, type Queryable, type Transaction } from '../platform/database/index.js';
import { CALLER_COLUMNS, callerOf, ROLES_OF_USER, type Caller, type CallerRow } from './caller.js';
import { hasAddressCharacters, type RaisedUser, type User, type UserFilter, type UserId } from './user.js';
import { userRoles, users } from './users.table.js';

export interface NewUser {
  readonly id: UserId;
  readonly email: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Date;
}

const userColumns = {
  id: users.id,
  email: users.email,
  emailVerified: users.emailVerified,
  name: users.name,
  // A text: Drizzle drops the table's name from columns where a query has only one table.
  roles: sql<string[]>`${sql.raw(ROLES_OF_USER)}`,
  createdAt: users.createdAt,
  updatedAt: users.updatedAt,
  disabledAt: users.disabledAt,
};

const CALLER = `SELECT ${CALLER_COLUMNS} FROM users WHERE users.id = $1 AND users.disabled_at IS NULL`;

@Injectable()
export class UsersRepository {
  async insert(tx: Transaction, { id, email, name, roles, createdAt }: NewUser): Promise<void> {
    await tx.insert(users).values({ id, email, name, createdAt, updatedAt: createdAt });
    await this.give(tx, id, roles);
  }

  async find(database: Queryable, id: UserId): Promise<User | undefined> {
    const [user] = await database.select(userColumns).from(users).where(eq(users.id, id));
    return user;
  }

  async rename(database: Queryable, id: UserId, name: string | null, at: Date): Promise<User | undefined> {
    const [user] = await database
      .update(users)
      .set({ name, updatedAt: at })
      .where(eq(users.id, id))
      .returning(userColumns);
    return user;
  }

  /** In the order of their ids, which is the order in which they were made. */
  async list(
    database: Queryable,
    filter: UserFilter,
    limit: number,
    afterId: UserId | undefined,
  ): Promise<User[]> {
    return database
      .select(userColumns)
      .from(users)
      .where(and(afterId === undefined ? undefined : gt(users.id, afterId), ...conditionsOf(filter)))
      .orderBy(users.id)
      .limit(limit);
  }

  async idOf(database: Queryable, email: string): Promise<UserId | undefined> {
    const [user] = await database.select({ id: users.id }).from(users).where(eq(users.email, email));
    return user?.id;
  }

  /** Raises the version of the user with this address; the row stays locked until the transaction ends. */
  raiseVersion(tx: Transaction, email: string, at: Date): Promise<RaisedUser | undefined> {
    return this.raiseWhere(tx, eq(users.email, email), at);
  }

  /** The same by its id, in that version where one is given. */
  raiseVersionOf(
    tx: Transaction,
    id: UserId,
    from: number | undefined,
    at: Date,
  ): Promise<RaisedUser | undefined> {
    const inVersion = from === undefined ? undefined : eq(users.version, from);
    return this.raiseWhere(tx, and(eq(users.id, id), inVersion), at);
  }

  /** Of a user that the transaction holds, with what is changed beside. */
  async raise(
    tx: Transaction,
    id: UserId,
    at: Date,
    changes: { disabledAt?: Date } = {},
  ): Promise<RaisedUser> {
    const raised = await this.raiseWhere(tx, eq(users.id, id), at, changes);
    if (!raised) throw new Error('The user vanished while the change held its lock.');
    return raised;
  }

  async enable(tx: Transaction, id: UserId, at: Date): Promise<void> {
    await tx.update(users).set({ disabledAt: null, updatedAt: at }).where(eq(users.id, id));
  }

  async setRoles(tx: Transaction, id: UserId, roles: readonly string[]): Promise<void> {
    await tx.delete(userRoles).where(eq(userRoles.userId, id));
    await this.give(tx, id, roles);
  }

  async delete(tx: Transaction, id: UserId): Promise<void> {
    await tx.delete(users).where(eq(users.id, id));
  }

  /** Whether somebody holds that role, and may sign in; one user left out. */
  async isHeldByOther(tx: Transaction, role: string, id: UserId): Promise<boolean> {
    const found = await tx
      .select({ id: users.id })
      .from(userRoles)
      .innerJoin(users, eq(users.id, userRoles.userId))
      .where(and(eq(userRoles.role, role), isNull(users.disabledAt), ne(users.id, id)))
      .limit(1);
    return found.length > 0;
  }

  /** Whether anybody holds that role, disabled or not. */
  async isHeld(tx: Transaction, role: string): Promise<boolean> {
    const found = await tx
      .select({ id: userRoles.userId })
      .from(userRoles)
      .where(eq(userRoles.role, role))
      .limit(1);
    return found.length > 0;
  }

  /** Which sets of roles occur among those who hold that role. */
  async roleSetsWith(tx: Transaction, role: string): Promise<string[][]> {
    const { rows } = await tx.execute<{ roles: string[] }>(sql`
      SELECT DISTINCT array_agg(held.role ORDER BY held.role) AS roles FROM ${userRoles} AS held
      WHERE held.user_id IN (SELECT user_id FROM ${userRoles} WHERE role = ${role})
      GROUP BY held.user_id`);
    return rows.map(({ roles }) => roles);
  }

  /** Undefined where the user is gone or disabled. */
  async caller(database: Queryable, id: UserId): Promise<Caller | undefined> {
    const [row] = (await ask<CallerRow>(database, CALLER, [id])).rows;
    return row && callerOf(row);
  }

  private async raiseWhere(
    tx: Transaction,
    which: SQL | undefined,
    at: Date,
    changes: { disabledAt?: Date } = {},
  ): Promise<RaisedUser | undefined> {
    const [raised] = await tx
      .update(users)
      .set({ ...changes, version: sql`${users.version} + 1`, updatedAt: at })
      .where(which)
      .returning({ id: users.id, version: users.version });
    return raised;
  }

  private async give(tx: Transaction, userId: UserId, roles: readonly string[]): Promise<void> {
    if (roles.length === 0) return;
    await tx.insert(userRoles).values(roles.map((role) => ({ userId, role })));
  }
}

function conditionsOf({ search, email, role, disabled }: UserFilter): (SQL | undefined)[] {
  return [
    search === undefined ? undefined : isPartOf(search),
    email === undefined ? undefined : eq(users.email, email),
    role === undefined
      ? undefined
      : sql`EXISTS (SELECT FROM ${userRoles} AS held WHERE held.user_id = users.id AND held.role = ${role})`,
    disabled === undefined ? undefined : disabled ? isNotNull(users.disabledAt) : isNull(users.disabledAt),
  ];
}

/** Of an address or a name; of a name alone where no address can hold it, which takes half as long. */
function isPartOf(search: string): SQL | undefined {
  // What LIKE takes for itself is to be found as it stands.
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const inName = ilike(users.name, pattern);
  return hasAddressCharacters(search) ? or(ilike(users.email, pattern), inName) : inName;
}
