import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { Tally } from '../platform/metrics/index.js';
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

/** What became of a token that did not rotate, and the session that it is good for still. */
interface Judged {
  readonly kind: RefreshOutcome['kind'];
  readonly taken?: SignedIn | undefined;
}

/** Trades refresh tokens. */
@Injectable()
export class RefreshesService {
  /** `refused`: not genuine, or of a session that is over. */
  readonly outcomes = new Tally<'rotated' | RefreshOutcome['kind']>(
    'rotated',
    'repeated',
    'reused',
    'refused',
  );

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly tokenSets: TokenSets,
    private readonly events: Events,
  ) {}

  /** What a refresh token says; undefined where it is not genuine. No database is asked. */
  read(refreshToken: string): RefreshClaims | undefined {
    const claims = this.sessions.decode(refreshToken);
    if (!claims) this.outcomes.add('refused');
    return claims;
  }

  /**
   * Trades a refresh token that is known to be genuine.
   *
   * @throws `invalid_refresh_token`
   */
  async refresh(claims: RefreshClaims, origin: Origin): Promise<TokenSet> {
    const rotated = await this.database.single((on) => this.sessions.rotate(on, claims, deviceOf(origin)));
    const { kind, taken } = rotated
      ? { kind: 'rotated' as const, taken: rotated }
      : await this.database.transaction((tx) => this.judge(tx, claims, origin));
    this.outcomes.add(kind);
    if (!taken) throw InvalidRefreshToken();
    return this.tokenSets.issue(taken);
  }

  /** Throws nothing: ending the session of a reused token must be committed. */
  private async judge(tx: Transaction, claims: RefreshClaims, origin: Origin): Promise<Judged> {
    const outcome = await this.sessions.judge(tx, claims);
    const taken = outcome.kind === 'repeated' ? await this.tokenSets.prepare(tx, outcome.live) : undefined;
    if (outcome.kind === 'repeated' && !taken) return { kind: 'refused' };
    await this.tell(tx, outcome, origin);
    return { kind: outcome.kind, taken };
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
