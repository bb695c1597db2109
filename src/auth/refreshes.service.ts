import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import {
  InvalidRefreshToken,
  SessionsService,
  type RefreshClaims,
  type RefreshOutcome,
  type SignedIn,
} from '../sessions/index.js';
import { RefreshTokenRepeated, RefreshTokenReused } from './auth.events.js';
import { deviceOf } from './sign-ins.js';
import { TokenSets, type TokenSet } from './token-sets.js';

/** Trades refresh tokens. */
@Injectable()
export class RefreshesService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly tokenSets: TokenSets,
    private readonly events: Events,
  ) {}

  /** What a refresh token says; undefined where it is not genuine. No database is asked. */
  read(refreshToken: string): RefreshClaims | undefined {
    return this.sessions.decode(refreshToken);
  }

  /**
   * Trades a refresh token that is known to be genuine.
   *
   * @throws `invalid_refresh_token`
   */
  async refresh(claims: RefreshClaims, origin: Origin): Promise<TokenSet> {
    const rotated = await this.database.single((on) => this.sessions.rotate(on, claims, deviceOf(origin)));
    const taken = rotated ?? (await this.database.transaction((tx) => this.judge(tx, claims, origin)));
    if (!taken) throw InvalidRefreshToken();
    return this.tokenSets.issue(taken);
  }

  /** Throws nothing: ending the session of a reused token must be committed. */
  private async judge(tx: Transaction, claims: RefreshClaims, origin: Origin): Promise<SignedIn | undefined> {
    const outcome = await this.sessions.judge(tx, claims);
    const again = outcome.kind === 'repeated' ? await this.tokenSets.prepare(tx, outcome.live) : undefined;
    if (again || outcome.kind === 'reused') await this.tell(tx, outcome, origin);
    return again;
  }

  /** Who presents a token again may be its owner or a thief, and is named as neither. */
  private async tell(tx: Transaction, outcome: RefreshOutcome, origin: Origin): Promise<void> {
    if (outcome.kind === 'reused') {
      const { userId: id, sessionId: session_id } = outcome;
      await this.events.publish(tx, RefreshTokenReused(origin, { id }, { session_id }));
    }
    if (outcome.kind !== 'repeated') return;
    const { id, userId } = outcome.live.session;
    await this.events.publish(tx, RefreshTokenRepeated(origin, { id: userId }, { session_id: id }));
  }
}
