import { sql } from 'drizzle-orm';
import { customType, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** Asymmetric signing keys; the private half is sealed under a key derived from `SECRET_KEY`. */
export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text().primaryKey(),
    algorithm: text({ enum: ['ES256', 'RS256'] }).notNull(),
    /** `next`: published, not signing yet; `current`: signs; `retired`: verifies what it signed. */
    stage: text({ enum: ['next', 'current', 'retired'] }).notNull(),
    privateKey: bytea('private_key').notNull(),
    createdAt: instant('created_at').notNull(),
    /** When it became the current one; null before that, and where an older version made it so. */
    signsSince: instant('signs_since'),
    /**
     * How long what it signs lives at most, in seconds: the longest `ACCESS_TOKEN_TTL` of any node that signed with
     * it. Older versions did not write it down: theirs is the longest that there can be.
     */
    longestTtl: integer('longest_ttl').notNull().default(86_400),
    /** When the last token that it signed has expired: dropped after that. */
    keepUntil: instant('keep_until'),
  },
  (table) => [
    uniqueIndex('signing_keys_one_of_a_stage')
      .on(table.algorithm, table.stage)
      .where(sql`${table.stage} <> 'retired'`),
  ],
);
