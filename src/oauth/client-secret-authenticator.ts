import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedClient, ClientAuthenticator } from '../access/index.js';
import { ClientsService } from '../clients/index.js';
import { Configuration } from '../platform/config/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { originOf, type FormParameters } from '../platform/http/index.js';
import { clientAddress, RateLimits, refusalOf, type Limit } from '../platform/limits/index.js';
import { readCredentials } from './client-credentials.js';
import { ClientRefused } from './oauth.events.js';
import { InvalidClient } from './oauth.errors.js';

/** Tells the access guard which client is calling. */
@Injectable()
export class ClientSecretAuthenticator implements ClientAuthenticator {
  private readonly refused: Limit;

  constructor(
    private readonly clients: ClientsService,
    private readonly limits: RateLimits,
    private readonly events: Events,
    private readonly database: Database,
    { rateLimits }: Configuration,
  ) {
    this.refused = { name: 'client-refused', ...rateLimits.clientRefused };
  }

  /**
   * Counts what is refused. Genuine credentials are looked at whatever else came from their address, or a neighbour
   * behind the same one could keep a resource server out: no secret of 256 bits is guessed meanwhile.
   *
   * @throws `invalid_client`, `invalid_request`, `rate_limited`
   */
  async authenticate(context: ExecutionContext): Promise<AuthenticatedClient> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // A route of another module may take JSON: there is no client in that.
    const form = request.body instanceof Map ? (request.body as FormParameters) : undefined;
    const given = readCredentials(request.headers.authorization, form);
    const client = given && (await this.clients.authenticate(given.id, given.secret));
    if (!client) return this.refuse(originOf(request));
    return { clientId: client.id, audience: client.audience, may: client.may };
  }

  /** Written down as often as the limit lets through, and no more: a flood must not fill the disk. */
  private async refuse(origin: Origin): Promise<never> {
    const outcome = await this.limits.reserve([{ limit: this.refused, key: clientAddress(origin.ip) }]);
    if (!outcome.granted) throw refusalOf(outcome);
    await this.database.transaction((tx) => this.events.publish(tx, ClientRefused(origin, {})));
    throw InvalidClient();
  }
}
