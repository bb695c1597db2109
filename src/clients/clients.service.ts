import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { constantTimeEqual } from '../platform/crypto/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { digestOf, isClientId, newClientId, newClientSecret, type Client, type ClientId } from './client.js';
import { ClientCreated, ClientDeleted } from './clients.events.js';
import { ClientsRepository, type ClientRow } from './clients.repository.js';

export type NewClient = Pick<Client, 'name' | 'audience' | 'may'>;

/** What the secret of nobody is compared with: no secret has this digest. */
const NOBODYS = Buffer.alloc(32);

@Injectable()
export class ClientsService {
  constructor(
    private readonly database: Database,
    private readonly repository: ClientsRepository,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** The secret is not to be had again. */
  async create(wanted: NewClient, origin: Origin): Promise<Client & { readonly secret: string }> {
    const client: Client = { id: newClientId(), ...wanted, createdAt: this.clock.now() };
    const secret = newClientSecret();
    await this.database.transaction(async (tx) => {
      await this.repository.insert(tx, client, digestOf(secret));
      await this.events.publish(tx, ClientCreated(origin, { id: client.id }, detailsOf(client)));
    });
    return { ...client, secret };
  }

  async list(): Promise<Client[]> {
    return (await this.repository.list(this.database.orm)).map(clientOf);
  }

  /** Undefined where there is none. From the next request on nobody is that client, on any node. */
  delete(id: ClientId, origin: Origin): Promise<Client | undefined> {
    return this.database.transaction(async (tx) => {
      const row = await this.repository.delete(tx, id);
      if (row) await this.events.publish(tx, ClientDeleted(origin, { id }, detailsOf(row)));
      return row && clientOf(row);
    });
  }

  /** Undefined for an unknown client and for a wrong secret, which cost the same. */
  async authenticate(id: string, secret: string): Promise<Client | undefined> {
    const row = isClientId(id) ? await this.repository.find(this.database.orm, id) : undefined;
    const genuine = constantTimeEqual(row?.secretHash ?? NOBODYS, digestOf(secret));
    return genuine && row ? clientOf(row) : undefined;
  }
}

function clientOf({ id, name, audience, may, createdAt }: ClientRow): Client {
  return { id, name, audience, may, createdAt };
}

function detailsOf({ audience, may }: NewClient) {
  return { audience, may: [...may] };
}
