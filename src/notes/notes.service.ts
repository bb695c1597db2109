import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { accessProblems } from '../access/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, violates } from '../platform/database/index.js';
import { NotFound } from '../platform/http/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';
import type { UserId } from '../users/index.js';
import type { Note, NoteChanges, NoteId } from './note.js';
import { NotesRepository } from './notes.repository.js';

/**
 * Each of these is one statement. What takes several is one `database.transaction()`, whose `tx` goes to the
 * repository in place of `database.orm`.
 */
@Injectable()
export class NotesService {
  constructor(
    private readonly database: Database,
    private readonly repository: NotesRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws `token_revoked` where the owner was deleted, and this node has not heard of it yet */
  async create(ownerId: UserId, title: string, text: string | null): Promise<Note> {
    const createdAt = this.clock.now();
    const id = uuidv7({ msecs: createdAt.getTime() });
    const note: Note = { id, ownerId, title, text, createdAt, updatedAt: createdAt };
    try {
      await this.repository.insert(this.database.orm, note);
    } catch (error) {
      if (violates(error, 'foreign_key')) throw accessProblems.TokenRevoked();
      throw error;
    }
    return note;
  }

  find(id: NoteId): Promise<Note | undefined> {
    return this.repository.find(this.database.orm, id);
  }

  /** @throws `not_found` */
  async get(id: NoteId): Promise<Note> {
    return existing(await this.find(id));
  }

  /** One more is read than the page holds: it tells whether there is a next one. */
  async list(ownerId: UserId, { limit, after }: PageAsked): Promise<Page<Note>> {
    const rows = await this.repository.list(this.database.orm, ownerId, limit + 1, after);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Changes that name nothing leave `updatedAt` alone, too. @throws `not_found` */
  async change(id: NoteId, changes: NoteChanges): Promise<Note> {
    if (changes.title === undefined && changes.text === undefined) return this.get(id);
    return existing(await this.repository.change(this.database.orm, id, changes, this.clock.now()));
  }

  /** @throws `not_found` */
  async delete(id: NoteId): Promise<void> {
    if (!(await this.repository.delete(this.database.orm, id))) throw NotFound();
  }
}

function existing(note: Note | undefined): Note {
  if (!note) throw NotFound();
  return note;
}
