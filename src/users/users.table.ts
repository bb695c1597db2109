import { isNotNull } from 'drizzle-orm';
import { boolean, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { roles } from '../roles/index.js';

export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey(),
    /** Normalized: trimmed and lower-cased. */
    email: text().notNull().unique('users_email_unique'),
    emailVerified: boolean('email_verified').notNull().default(false),
    name: text(),
    /** Raised by every change after which older access tokens are not to be trusted. */
    version: integer().notNull().default(1),
    disabledAt: timestamp('disabled_at', { withTimezone: true, precision: 3 }),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  // Few are, and a list of them is no reading of all the others.
  (table) => [index('users_disabled').on(table.id).where(isNotNull(table.disabledAt))],
);

export const userRoles = pgTable(
  'user_roles',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text()
      .notNull()
      .references(() => roles.name),
  },
  (table) => [primaryKey({ columns: [table.userId, table.role] }), index('user_roles_role').on(table.role)],
);
