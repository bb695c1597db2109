import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/index.js';
import { SessionsService, type LiveSession } from '../sessions/index.js';
import { AccessTokensService } from '../tokens/index.js';
import { UsersService, type Caller } from '../users/index.js';

/** What a client holds after it signed in or refreshed. Lifetimes in seconds. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
  readonly scope: string;
}

/** A session, and what its tokens say of its user. */
export interface SignedIn {
  readonly live: LiveSession;
  readonly caller: Caller;
}

/** Makes the tokens of a session: what they say is read in the transaction, signing waits until it is committed. */
@Injectable()
export class TokenSets {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccessTokensService,
  ) {}

  /** Undefined where the user is gone or disabled. */
  async prepare(tx: Transaction, live: LiveSession): Promise<SignedIn | undefined> {
    const caller = await this.users.caller(tx, live.session.userId);
    return caller && { live, caller };
  }

  async issue({ live, caller }: SignedIn): Promise<TokenSet> {
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
