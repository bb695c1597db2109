import { customType, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const clients = pgTable('clients', {
  id: text().primaryKey(),
  name: text(),
  audience: text().notNull(),
  may: text({ enum: ['introspect', 'revoke'] })
    .array()
    .notNull(),
  /** SHA-256: the secret itself is shown once and kept nowhere. */
  secretHash: bytea('secret_hash').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
});
