import { Injectable } from '@nestjs/common';
import type { AuthenticatedClient } from '../access/index.js';
import { Configuration } from '../platform/config/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService, type RefreshClaims } from '../sessions/index.js';
import type { AccessTokenClaims } from '../tokens/index.js';
import { requireAction } from './client-action.js';
import { IntrospectionsService, isMeantFor } from './introspections.service.js';
import { TokenRevokedByClient } from './oauth.events.js';

/** Ends the session of a token for a client for whose audience the token is. */
@Injectable()
export class TokenRevocationsService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly introspections: IntrospectionsService,
    private readonly events: Events,
    private readonly configuration: Configuration,
  ) {}

  /**
   * Whichever token it is, and whatever it was taken for. Does nothing, and says nothing, where the token is unknown,
   * over, or meant for others (RFC 7009 §2.2).
   *
   * @throws `unauthorized_client`
   */
  async revoke(client: AuthenticatedClient, token: string, origin: Origin): Promise<void> {
    requireAction(client, 'revoke');
    const refresh = this.sessions.decode(token);
    if (refresh) return this.endByRefreshToken(client, refresh, origin);
    const access = await this.introspections.claimsOf(token);
    if (access && isMeantFor(access, client.audience)) await this.endByAccessToken(client, access, origin);
  }

  private async endByAccessToken(
    client: AuthenticatedClient,
    { sid, sub }: AccessTokenClaims,
    origin: Origin,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.sessions.end(tx, sid))) return;
      await this.tell(tx, client, { sessionId: sid, userId: sub, token: 'access_token' }, origin);
    });
  }

  /** A refresh token gives access tokens for every audience of this service: it is the business of each of them. */
  private async endByRefreshToken(
    client: AuthenticatedClient,
    claims: RefreshClaims,
    origin: Origin,
  ): Promise<void> {
    if (!this.configuration.audience.includes(client.audience)) return;
    await this.database.transaction(async (tx) => {
      const [presented] = await this.sessions.presentedBy(tx, [claims]);
      if (!presented || !(await this.sessions.end(tx, presented.sessionId))) return;
      const token = presented.reused ? 'spent_refresh_token' : 'refresh_token';
      await this.tell(tx, client, { ...presented, token }, origin);
    });
  }

  private tell(
    tx: Transaction,
    { clientId: client_id }: AuthenticatedClient,
    ended: {
      sessionId: string;
      userId: string;
      token: 'access_token' | 'refresh_token' | 'spent_refresh_token';
    },
    origin: Origin,
  ): Promise<void> {
    const details = { client_id, session_id: ended.sessionId, token: ended.token };
    return this.events.publish(tx, TokenRevokedByClient(origin, { id: ended.userId }, details));
  }
}
