import { Injectable } from '@nestjs/common';
import { and, eq, gt } from 'drizzle-orm';
import type { Queryable } from '../platform/database/index.js';
import type { UserId } from '../users/index.js';
import type { Note, NoteChanges, NoteId } from './note.js';
import { notes } from './notes.table.js';

@Injectable()
export class NotesRepository {
  async insert(database: Queryable, note: Note): Promise<void> {
    await database.insert(notes).values(note);
  }

  async find(database: Queryable, id: NoteId): Promise<Note | undefined> {
    const [note] = await database.select().from(notes).where(eq(notes.id, id));
    return note;
  }

  /** In the order of their ids, which is the order in which they were made. */
  list(database: Queryable, ownerId: UserId, limit: number, after?: NoteId): Promise<Note[]> {
    return database
      .select()
      .from(notes)
      .where(and(eq(notes.ownerId, ownerId), after === undefined ? undefined : gt(notes.id, after)))
      .orderBy(notes.id)
      .limit(limit);
  }

  async change(
    database: Queryable,
    id: NoteId,
    { title, text }: NoteChanges,
    updatedAt: Date,
  ): Promise<Note | undefined> {
    // Drizzle leaves out what is undefined: of two changes at once, each keeps what the other names.
    const [note] = await database
      .update(notes)
      .set({ title, text, updatedAt })
      .where(eq(notes.id, id))
      .returning();
    return note;
  }

  async delete(database: Queryable, id: NoteId): Promise<boolean> {
    const deleted = await database.delete(notes).where(eq(notes.id, id)).returning({ id: notes.id });
    return deleted.length > 0;
  }
}
