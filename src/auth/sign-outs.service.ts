import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import type { Problem } from '../platform/problem/index.js';
import { InvalidRefreshToken, SessionsService, type RefreshClaims } from '../sessions/index.js';
import { UsersService } from '../users/index.js';
import { LoggedOut, LoggedOutEverywhere, RefreshTokenReused } from './auth.events.js';

type PresentedSession = Awaited<ReturnType<SessionsService['presentedBy']>>[number];

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
    const genuine = refreshTokens
      .map((token) => this.sessions.decode(token))
      .filter((claims) => claims !== undefined);
    // Nobody who shows nothing genuine costs a connection.
    const ended =
      (caller ?? genuine[0]) &&
      (await this.database.transaction(async (tx) => {
        let any = false;
        for (const session of await this.presented(tx, caller, genuine))
          any = (await this.end(tx, session, origin)) || any;
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

  /** Each session once, in the order of their ids: else two sign-outs could wait for each other. */
  private async presented(
    tx: Transaction,
    caller: Principal | null,
    genuine: readonly RefreshClaims[],
  ): Promise<PresentedSession[]> {
    const byRefreshToken = genuine.length === 0 ? [] : await this.sessions.presentedBy(tx, genuine);
    const byBearer = caller ? [{ ...caller, reused: false }] : [];
    const each = new Map([...byRefreshToken, ...byBearer].map((one) => [one.sessionId, one]));
    return [...each.values()].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  }

  /** False, too, for the session of a reused refresh token, which ends all the same. */
  private async end(tx: Transaction, session: PresentedSession, origin: Origin): Promise<boolean> {
    const { sessionId: session_id, userId: id, reused } = session;
    if (!(await this.sessions.end(tx, session_id))) return false;
    if (reused) await this.events.publish(tx, RefreshTokenReused(origin, { id }, { session_id }));
    else await this.events.publish(tx, LoggedOut({ ...origin, actorId: id }, { id }, { session_id }));
    return !reused;
  }
}
