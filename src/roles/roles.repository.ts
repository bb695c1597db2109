import { Injectable } from '@nestjs/common';
import { eq, gt, inArray, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../platform/database/index.js';
import { ADMIN_ROLE, permissionsGranted, type Role } from './role.js';
import { rolePermissions, roles } from './roles.table.js';

// Spelt out: Drizzle drops the table's name from columns where a query has only one table.
const stored = sql<string[]>`ARRAY(
  SELECT held.permission FROM ${rolePermissions} AS held WHERE held.role = roles.name ORDER BY held.permission
)`;

const columns = { name: roles.name, builtIn: roles.builtIn, stored, createdAt: roles.createdAt };

type Row = Omit<Role, 'permissions'> & { readonly stored: string[] };

@Injectable()
export class RolesRepository {
  /**
   * Waits until no other transaction changes who may do what. The row is there from the first migration on and is
   * never deleted, so that everybody waits for the same one.
   */
  async lockAdmin(tx: Transaction): Promise<void> {
    await tx.select({ name: roles.name }).from(roles).where(eq(roles.name, ADMIN_ROLE)).for('update');
  }

  /** Another one whenever any role has changed. */
  async version(database: Queryable): Promise<number | undefined> {
    const [row] = await database
      .select({ version: roles.version })
      .from(roles)
      .where(eq(roles.name, ADMIN_ROLE));
    return row?.version;
  }

  async all(database: Queryable): Promise<Role[]> {
    return (await database.select(columns).from(roles)).map(roleOf);
  }

  async named(database: Queryable, names: readonly string[]): Promise<Role[]> {
    if (names.length === 0) return [];
    const rows = await database
      .select(columns)
      .from(roles)
      .where(inArray(roles.name, [...names]));
    return rows.map(roleOf);
  }

  /** In the order of their names. */
  async list(database: Queryable, limit: number, after?: string): Promise<Role[]> {
    const rows = await database
      .select(columns)
      .from(roles)
      .where(after === undefined ? undefined : gt(roles.name, after))
      .orderBy(roles.name)
      .limit(limit);
    return rows.map(roleOf);
  }

  async insert(tx: Transaction, { name, builtIn, createdAt }: Role): Promise<void> {
    await tx.insert(roles).values({ name, builtIn, createdAt });
  }

  async setPermissions(tx: Transaction, role: string, permissions: readonly string[]): Promise<void> {
    await raiseVersion(tx);
    await tx.delete(rolePermissions).where(eq(rolePermissions.role, role));
    if (permissions.length === 0) return;
    await tx.insert(rolePermissions).values(permissions.map((permission) => ({ role, permission })));
  }

  async delete(tx: Transaction, name: string): Promise<void> {
    await raiseVersion(tx);
    await tx.delete(roles).where(eq(roles.name, name));
  }
}

async function raiseVersion(tx: Transaction): Promise<void> {
  await tx
    .update(roles)
    .set({ version: sql`${roles.version} + 1` })
    .where(eq(roles.name, ADMIN_ROLE));
}

function roleOf({ stored, ...row }: Row): Role {
  return { ...row, permissions: permissionsGranted([row.name], stored) };
}
