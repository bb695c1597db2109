import { sql } from 'drizzle-orm';
import { bigint, customType, index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/**
 * What happened, for good: a trigger lets rows be added, given their place in the chain once, and their
 * personal fields be erased; nothing else.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    /** UUIDv7, in the order in which the events of one node happened. */
    id: uuid().primaryKey(),
    at: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    type: text().notNull(),
    via: text({ enum: ['http', 'command_line', 'service'] }).notNull(),
    /** No references: a row outlives whom it tells of. */
    actorId: text('actor_id'),
    subjectId: text('subject_id'),
    requestId: text('request_id'),
    /** JSON, as text: the chain is over these very bytes. */
    details: text().notNull(),
    /** Personal fields are in the chain as hashes alone; erased together with the salt that makes them provable. */
    email: text(),
    subjectSalt: bytea('subject_salt'),
    subjectHash: bytea('subject_hash'),
    ip: text(),
    agent: text(),
    actorSalt: bytea('actor_salt'),
    actorHash: bytea('actor_hash'),
    /** Which `audit` key made `mac`. */
    keyId: text('key_id').notNull(),
    /** Over all the above but the personal fields and their salts. */
    mac: bytea().notNull(),
    /** The place in the chain; null until it is sealed. */
    sealNo: bigint('seal_no', { mode: 'number' }),
    /** Over the place, the seal before, and `mac`. */
    sealMac: bytea('seal_mac'),
  },
  (table) => [
    uniqueIndex('audit_events_seal').on(table.sealNo),
    index('audit_events_unsealed')
      .on(table.id)
      .where(sql`${table.sealNo} IS NULL`),
    index('audit_events_type').on(table.type, table.id),
    index('audit_events_actor').on(table.actorId, table.id),
    index('audit_events_subject').on(table.subjectId, table.id),
    index('audit_events_email').on(table.email, table.id),
  ],
);
