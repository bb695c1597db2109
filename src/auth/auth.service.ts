import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import { PasswordsService } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import type { Problem } from '../platform/problem/index.js';
import { InvalidRefreshToken, SessionsService, type Device, type LiveSession } from '../sessions/index.js';
import { AccessTokensService } from '../tokens/index.js';
import { UsersService, type Caller, type User } from '../users/index.js';
import { InvalidCredentials } from './auth.problems.js';

/** What a client holds after it signed in or refreshed. Lifetimes in seconds. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
  readonly scope: string;
}

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null;
}

/** Turns proofs into sessions: the only place where that happens. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccessTokensService,
  ) {}

  /** @throws `email_taken` */
  async register({ email, password, name = null }: Registration): Promise<User> {
    const hash = await this.passwords.hash(password);
    return this.database.transaction(async (tx) => {
      const user = await this.users.create(tx, { email, name });
      await this.passwords.keep(tx, user.id, hash);
      return user;
    });
  }

  /** @throws `invalid_credentials`, alike for an unknown account, a wrong password and a disabled user. */
  async login(email: string, password: string, device: Device): Promise<TokenSet> {
    const proof = await this.passwords.prove(email, password);
    if (!proof) throw InvalidCredentials();
    const { live, caller } = await this.database.transaction(async (tx) => {
      const opened = await this.sessions.open(tx, proof, device);
      const signedIn = opened && (await this.users.caller(tx, proof.userId));
      if (!signedIn) throw InvalidCredentials();
      return { live: opened, caller: signedIn };
    });
    return this.tokenSet(live, caller);
  }

  /** @throws `invalid_refresh_token` */
  async refresh(refreshToken: string, device: Device): Promise<TokenSet> {
    const claims = this.sessions.decode(refreshToken);
    if (!claims) throw InvalidRefreshToken();
    const taken = await this.database.transaction(async (tx) => {
      const outcome = await this.sessions.refresh(tx, claims, device);
      // Not thrown in here: ending the session of a reused token must be committed.
      if (!('live' in outcome)) return undefined;
      const caller = await this.users.caller(tx, outcome.live.session.userId);
      if (!caller) throw InvalidRefreshToken();
      return { live: outcome.live, caller };
    });
    if (!taken) throw InvalidRefreshToken();
    return this.tokenSet(taken.live, taken.caller);
  }

  /**
   * Ends the session of every valid credential that is presented.
   *
   * @throws where none is valid: the refresh token's refusal, else the access token's.
   */
  async logout(caller: Principal | null, refusal: Problem | null, refreshToken?: string): Promise<void> {
    const claims = refreshToken === undefined ? undefined : this.sessions.decode(refreshToken);
    // Nobody who shows nothing genuine costs a connection.
    const ended =
      (caller ?? claims) &&
      (await this.database.transaction(async (tx) => {
        const byBearer = caller !== null && (await this.sessions.end(tx, caller.sessionId));
        const byRefreshToken = claims !== undefined && (await this.sessions.endByRefreshToken(tx, claims));
        return byBearer || byRefreshToken;
      }));
    if (ended) return;
    if (refreshToken !== undefined) throw InvalidRefreshToken();
    if (caller) throw accessProblems.TokenRevoked();
    throw refusal ?? accessProblems.Unauthenticated();
  }

  private async tokenSet(live: LiveSession, caller: Caller): Promise<TokenSet> {
    const { token, expiresIn, scope } = await this.tokens.issue(caller, live.session, live.at);
    return {
      accessToken: token,
      expiresIn,
      refreshToken: live.refreshToken,
      refreshExpiresIn: this.sessions.secondsLeft(live),
      scope,
    };
  }
}
