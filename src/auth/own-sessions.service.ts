import { Injectable } from '@nestjs/common';
import type { Principal } from '../access/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { NotFound } from '../platform/http/index.js';
import type { Page, PageAsked } from '../platform/requests/index.js';
import { SessionsService, type OpenSession, type SessionId } from '../sessions/index.js';
import { SessionEnded } from './auth.events.js';

/** What a user sees of its own devices. */
@Injectable()
export class OwnSessionsService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly events: Events,
  ) {}

  list({ userId }: Principal, asked: PageAsked): Promise<Page<OpenSession>> {
    return this.sessions.list(this.database.orm, userId, asked);
  }

  /** @throws `not_found` for what is none of the caller's, or has ended: another's is not told from none. */
  async end({ userId }: Principal, id: SessionId, origin: Origin): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.sessions.endOf(tx, userId, id))) throw NotFound();
      await this.events.publish(tx, SessionEnded(origin, { id: userId }, { session_id: id }));
    });
  }
}
