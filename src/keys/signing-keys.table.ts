import { sql } from 'drizzle-orm';
import { customType, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** Asymmetric signing keys; the private half is sealed under a key derived from `SECRET_KEY`. */
export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text().primaryKey(),
    algorithm: text({ enum: ['ES256', 'RS256'] }).notNull(),
    /** `next`: published, not signing yet; `current`: signs; `retired`: verifies what it signed. */
    stage: text({ enum: ['next', 'current', 'retired'] }).notNull(),
    privateKey: bytea('private_key').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    /** When the last token that it signed has expired: dropped after that. */
    keepUntil: timestamp('keep_until', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    uniqueIndex('signing_keys_one_of_a_stage')
      .on(table.algorithm, table.stage)
      .where(sql`${table.stage} <> 'retired'`),
  ],
);
