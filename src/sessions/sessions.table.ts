import { customType, bigint, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../users/index.js';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** One row a session, however often its refresh token rotates. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The living refresh token's counter; the one before it is answered again within the grace. */
    counter: integer().notNull().default(0),
    /** Stands in every refresh token of the session: the MAC key alone forges none. */
    random: bytea().notNull(),
    /** The MAC key that signed the living token, so that a repetition gets the very same string. */
    macKeyId: bytea('mac_key_id').notNull(),
    rotatedAt: instant('rotated_at'),
    amr: text().array().notNull(),
    authenticatedAt: instant('authenticated_at').notNull(),
    /** The device's latest address, and its agent. */
    ip: text().notNull(),
    userAgent: text('user_agent'),
    /**
     * The client address of the login, an IPv6 one as its /64: it stays when the device moves on. Empty in rows
     * of a version that did not record it.
     */
    loginAddress: text('login_address').notNull().default(''),
    createdAt: instant('created_at').notNull(),
    lastUsedAt: instant('last_used_at').notNull(),
    idleExpiresAt: instant('idle_expires_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** No access token of the session outlives this: a revocation is kept as long. */
    tokensExpireBy: instant('tokens_expire_by').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    index('sessions_of_user').on(table.userId, table.createdAt),
    index('sessions_by_login').on(table.userId, table.loginAddress, table.createdAt),
  ],
);

/**
 * What was revoked and has access tokens that may not have expired: the feed that every node reads. A row
 * is recorded in the transaction that revokes.
 */
export const revocations = pgTable(
  'revocations',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text({ enum: ['session', 'user'] }).notNull(),
    subject: uuid().notNull(),
    /** For a user: access tokens with a lower `ver` are revoked. */
    minVersion: integer('min_version'),
    /** By the database's clock. */
    recordedAt: instant('recorded_at').notNull().defaultNow(),
    /** The latest `exp` of an access token that it revokes. */
    keepUntil: instant('keep_until').notNull(),
  },
  (table) => [
    index('revocations_recorded').on(table.recordedAt),
    index('revocations_kept').on(table.keepUntil),
  ],
);
