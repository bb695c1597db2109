import { boolean, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

export const roles = pgTable('roles', {
  name: text().primaryKey(),
  /** Built-in roles are there from the first migration on and cannot be deleted. */
  builtIn: boolean('built_in').notNull().default(false),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  /**
   * Of the row of admin, and for all roles together: raised by whatever changes what any of them grants, a migration
   * too, or running nodes would not read it.
   */
  version: integer().notNull().default(0),
});

/** What a role may do, as `resource:action`. */
export const rolePermissions = pgTable(
  'role_permissions',
  {
    role: text()
      .notNull()
      .references(() => roles.name, { onDelete: 'cascade' }),
    permission: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.role, table.permission] })],
);
