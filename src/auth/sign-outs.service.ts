import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import type { Problem } from '../platform/problem/index.js';
import { InvalidRefreshToken, SessionsService, type RefreshClaims } from '../sessions/index.js';
import { UsersService } from '../users/index.js';
import { LoggedOut, LoggedOutEverywhere, RefreshTokenReused } from './auth.events.js';

/** The credentials that a sign-out presents. */
export interface Logout {
  readonly caller: Principal | null;
  /** Why the access token presented was refused. */
  readonly refusal: Problem | null;
  /** Several only where a browser sent several cookies. */
  readonly refreshTokens: readonly string[];
}

/** Ends what a user signed in to. Access tokens are dead on this node before the answer is sent. */
@Injectable()
export class SignOutsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly events: Events,
  ) {}

  /**
   * Ends the session of every valid credential that is presented.
   *
   * @throws where none is valid: the refresh token's refusal, else the access token's.
   */
  async logout({ caller, refusal, refreshTokens }: Logout, origin: Origin): Promise<void> {
    const genuine = this.genuineOf(refreshTokens);
    // Nobody who shows nothing genuine costs a connection.
    const ended =
      (caller ?? genuine[0]) &&
      (await this.database.transaction(async (tx) => {
        let any = caller !== null && (await this.endOf(tx, caller, origin));
        for (const claims of genuine) any = (await this.endBy(tx, claims, origin)) || any;
        return any;
      }));
    if (ended) return;
    if (refreshTokens.length > 0) throw InvalidRefreshToken();
    if (caller) throw accessProblems.TokenRevoked();
    throw refusal ?? accessProblems.Unauthenticated();
  }

  /**
   * Ends all sessions of the caller, this one too. The version is raised first: a session that opens meanwhile
   * waits for it, and was proved in the old one, or is new and lives.
   *
   * @throws `token_revoked` where the user is gone
   */
  async logoutAll({ userId }: Principal, origin: Origin): Promise<void> {
    await this.database.transaction(async (tx) => {
      const raised = await this.users.raiseVersionOf(tx, userId);
      if (!raised) throw accessProblems.TokenRevoked();
      const sessions_ended = await this.sessions.endAll(tx, userId, raised.version);
      await this.events.publish(tx, LoggedOutEverywhere(origin, { id: userId }, { sessions_ended }));
    });
  }

  /** In one order, in which no two sign-outs wait for each other. */
  private genuineOf(refreshTokens: readonly string[]): RefreshClaims[] {
    const claims = refreshTokens.map((token) => this.sessions.decode(token));
    return claims
      .filter((one) => one !== undefined)
      .sort((a, b) => (a.sessionId < b.sessionId ? -1 : Number(a.sessionId > b.sessionId)));
  }

  private async endOf(tx: Transaction, caller: Principal, origin: Origin): Promise<boolean> {
    const ended = await this.sessions.end(tx, caller.sessionId);
    if (ended) await this.tell(tx, caller, origin);
    return ended;
  }

  private async endBy(tx: Transaction, claims: RefreshClaims, origin: Origin): Promise<boolean> {
    const outcome = await this.sessions.endByRefreshToken(tx, claims);
    if (outcome.kind === 'ended') await this.tell(tx, outcome, origin);
    if (outcome.kind === 'reused') {
      const { userId: id, sessionId: session_id } = outcome;
      await this.events.publish(tx, RefreshTokenReused(origin, { id }, { session_id }));
    }
    return outcome.kind === 'ended';
  }

  private tell(
    tx: Transaction,
    { sessionId, userId }: Pick<Principal, 'sessionId' | 'userId'>,
    origin: Origin,
  ): Promise<void> {
    const from = { ...origin, actorId: userId };
    return this.events.publish(tx, LoggedOut(from, { id: userId }, { session_id: sessionId }));
  }
}
