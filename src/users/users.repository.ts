import { Injectable } from '@nestjs/common';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { rolePermissions } from '../roles/index.js';
import type { Caller, ListedUser, RaisedUser, User, UserId } from './user.js';
import { userRoles, users } from './users.table.js';

export interface NewUser {
  readonly id: UserId;
  readonly email: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Date;
}

// Spelt out: Drizzle drops the table's name from columns where a query has only one table.
const rolesOfUser = sql<string[]>`ARRAY(
  SELECT held.role FROM ${userRoles} AS held WHERE held.user_id = users.id ORDER BY held.role
)`;

const permissionsOfUser = sql<string[]>`ARRAY(
  SELECT DISTINCT granted.permission
  FROM ${userRoles} AS held JOIN ${rolePermissions} AS granted ON granted.role = held.role
  WHERE held.user_id = users.id ORDER BY granted.permission
)`;

const userColumns = {
  id: users.id,
  email: users.email,
  emailVerified: users.emailVerified,
  name: users.name,
  roles: rolesOfUser,
  createdAt: users.createdAt,
  updatedAt: users.updatedAt,
};

@Injectable()
export class UsersRepository {
  async insert(tx: Transaction, { id, email, name, roles, createdAt }: NewUser): Promise<void> {
    await tx.insert(users).values({ id, email, name, createdAt, updatedAt: createdAt });
    await tx.insert(userRoles).values(roles.map((role) => ({ userId: id, role })));
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
  async list(database: Queryable, limit: number, afterId?: UserId): Promise<ListedUser[]> {
    return database
      .select({ ...userColumns, disabledAt: users.disabledAt })
      .from(users)
      .where(afterId === undefined ? undefined : gt(users.id, afterId))
      .orderBy(users.id)
      .limit(limit);
  }

  /** Raises the version of the user with this address; the row stays locked until the transaction ends. */
  async raiseVersion(tx: Transaction, email: string, at: Date): Promise<RaisedUser | undefined> {
    const [raised] = await tx
      .update(users)
      .set({ version: sql`${users.version} + 1`, updatedAt: at })
      .where(eq(users.email, email))
      .returning({ id: users.id, version: users.version });
    return raised;
  }

  /** Undefined where the user is gone or disabled. */
  async caller(database: Queryable, id: UserId): Promise<Caller | undefined> {
    const [caller] = await database
      .select({ id: users.id, version: users.version, roles: rolesOfUser, permissions: permissionsOfUser })
      .from(users)
      .where(and(eq(users.id, id), isNull(users.disabledAt)));
    return caller;
  }
}
