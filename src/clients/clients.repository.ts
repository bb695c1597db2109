import { Injectable } from '@nestjs/common';
import { asc, eq } from 'drizzle-orm';
import type { Queryable } from '../platform/database/index.js';
import type { Client, ClientId } from './client.js';
import { clients } from './clients.table.js';

export type ClientRow = typeof clients.$inferSelect;

@Injectable()
export class ClientsRepository {
  async insert(database: Queryable, client: Client, secretHash: Buffer): Promise<void> {
    await database.insert(clients).values({ ...client, may: [...client.may], secretHash });
  }

  async find(database: Queryable, id: ClientId): Promise<ClientRow | undefined> {
    const [row] = await database.select().from(clients).where(eq(clients.id, id));
    return row;
  }

  /** In the order in which they were made. */
  list(database: Queryable): Promise<ClientRow[]> {
    return database.select().from(clients).orderBy(asc(clients.createdAt), asc(clients.id));
  }

  async delete(database: Queryable, id: ClientId): Promise<ClientRow | undefined> {
    const [row] = await database.delete(clients).where(eq(clients.id, id)).returning();
    return row;
  }
}
