import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../users/index.js';

export const notes = pgTable(
  'notes',
  {
    id: uuid().primaryKey(),
    /** Who is deleted takes the notes along: no service has to remember it. */
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    title: text().notNull(),
    text: text(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  // As the list asks: the notes of one owner, in the order of their ids.
  (table) => [index('notes_owner').on(table.ownerId, table.id)],
);
