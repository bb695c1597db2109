import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import { PasswordsService, type Asker, type Proof } from '../passwords/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import type { Problem } from '../platform/problem/index.js';
import {
  InvalidRefreshToken,
  SessionsService,
  type Device,
  type RefreshClaims,
  type RefreshOutcome,
} from '../sessions/index.js';
import {
  LoggedIn,
  LoggedOut,
  LoginRefused,
  RefreshTokenRepeated,
  RefreshTokenReused,
  SessionDisplaced,
} from './auth.events.js';
import { InvalidCredentials } from './auth.problems.js';
import { TokenSets, type SignedIn, type TokenSet } from './token-sets.js';

/** What is claimed. */
export interface Login {
  readonly email: string;
  readonly password: string;
}

/** The credentials that a sign-out presents. */
export interface Logout {
  readonly caller: Principal | null;
  /** Why the access token presented was refused. */
  readonly refusal: Problem | null;
  readonly refreshToken?: string;
}

/** Turns proofs into sessions: the only place where that happens. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly tokenSets: TokenSets,
    private readonly events: Events,
  ) {}

  /**
   * @throws `invalid_credentials`, alike for an unknown account, a wrong password and a disabled user;
   *   `service_overloaded`
   */
  async login({ email, password }: Login, origin: Origin, asker: Asker): Promise<TokenSet> {
    const proof = await this.passwords.prove(email, password, asker);
    const signedIn = proof && (await this.openSession(proof, origin));
    if (!signedIn) {
      await this.database.transaction((tx) => this.events.publish(tx, LoginRefused(origin, { email })));
      throw InvalidCredentials();
    }
    return this.tokenSets.issue(signedIn);
  }

  /**
   * Trades a refresh token that is known to be genuine.
   *
   * @throws `invalid_refresh_token`
   */
  async refresh(claims: RefreshClaims, origin: Origin): Promise<TokenSet> {
    const taken = await this.database.transaction(async (tx) => {
      const outcome = await this.sessions.refresh(tx, claims, deviceOf(origin));
      await this.tell(tx, outcome, origin);
      // Not thrown in here: ending the session of a reused token must be committed.
      if (!('live' in outcome)) return undefined;
      const signedIn = await this.tokenSets.prepare(tx, outcome.live);
      if (!signedIn) throw InvalidRefreshToken();
      return signedIn;
    });
    if (!taken) throw InvalidRefreshToken();
    return this.tokenSets.issue(taken);
  }

  /**
   * Ends the session of every valid credential that is presented.
   *
   * @throws where none is valid: the refresh token's refusal, else the access token's.
   */
  async logout({ caller, refusal, refreshToken }: Logout, origin: Origin): Promise<void> {
    const claims = refreshToken === undefined ? undefined : this.sessions.decode(refreshToken);
    // Nobody who shows nothing genuine costs a connection.
    const ended =
      (caller ?? claims) &&
      (await this.database.transaction(async (tx) => {
        const byBearer = caller !== null && (await this.endOf(tx, caller, origin));
        const byRefreshToken = claims !== undefined && (await this.endBy(tx, claims, origin));
        return byBearer || byRefreshToken;
      }));
    if (ended) return;
    if (refreshToken !== undefined) throw InvalidRefreshToken();
    if (caller) throw accessProblems.TokenRevoked();
    throw refusal ?? accessProblems.Unauthenticated();
  }

  /** Undefined where the user was disabled, or changed, since it was proved: then nothing was written. */
  private openSession(proof: Proof, origin: Origin): Promise<SignedIn | undefined> {
    const { userId } = proof;
    return this.database.transaction(async (tx) => {
      const opened = await this.sessions.open(tx, proof, deviceOf(origin));
      const signedIn = opened && (await this.tokenSets.prepare(tx, opened));
      if (!signedIn) return undefined;
      const from = { ...origin, actorId: userId };
      const session_id = opened.session.id;
      await this.events.publish(tx, LoggedIn(from, { id: userId }, { session_id }));
      for (const id of opened.displaced) {
        const displaced = { session_id: id, by_session_id: session_id };
        await this.events.publish(tx, SessionDisplaced(from, { id: userId }, displaced));
      }
      return signedIn;
    });
  }

  /** A rotation is everyday; who presents a token again may be its owner or a thief, and is named as neither. */
  private async tell(tx: Transaction, outcome: RefreshOutcome, origin: Origin): Promise<void> {
    if (outcome.kind === 'reused') await this.tellReuse(tx, outcome, origin);
    if (outcome.kind !== 'repeated') return;
    const { id, userId } = outcome.live.session;
    await this.events.publish(tx, RefreshTokenRepeated(origin, { id: userId }, { session_id: id }));
  }

  private tellReuse(tx: Transaction, { sessionId, userId }: OfSession, origin: Origin): Promise<void> {
    return this.events.publish(tx, RefreshTokenReused(origin, { id: userId }, { session_id: sessionId }));
  }

  private async endOf(tx: Transaction, caller: Principal, origin: Origin): Promise<boolean> {
    const ended = await this.sessions.end(tx, caller.sessionId);
    if (ended) await this.tellLogout(tx, caller, origin);
    return ended;
  }

  private async endBy(tx: Transaction, claims: RefreshClaims, origin: Origin): Promise<boolean> {
    const outcome = await this.sessions.endByRefreshToken(tx, claims);
    if (outcome.kind === 'ended') await this.tellLogout(tx, outcome, origin);
    if (outcome.kind === 'reused') await this.tellReuse(tx, outcome, origin);
    return outcome.kind === 'ended';
  }

  private tellLogout(tx: Transaction, { sessionId, userId }: OfSession, origin: Origin): Promise<void> {
    const from = { ...origin, actorId: userId };
    return this.events.publish(tx, LoggedOut(from, { id: userId }, { session_id: sessionId }));
  }
}

interface OfSession {
  readonly sessionId: string;
  readonly userId: string;
}

function deviceOf({ ip, agent }: Origin): Device {
  return { ip: ip ?? 'unknown', userAgent: agent };
}
