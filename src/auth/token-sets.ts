import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/index.js';
import { SessionsService, type SignedIn } from '../sessions/index.js';
import { AccessTokensService, type IssuedToken } from '../tokens/index.js';
import { UsersService, type callers } from '../users/index.js';

/** What a client holds after it signed in or refreshed. Lifetimes in seconds. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
  readonly scope: string;
}

/** What a body says of it. */
export type ToldTokenSet = Omit<TokenSet, 'refreshToken'> & Partial<Pick<TokenSet, 'refreshToken'>>;

/** A session, as of when its next access token is issued. */
export type Issuing = Pick<SignedIn['live'], 'session' | 'at'>;

/** A session, and what its next access token says of its user. */
interface Prepared<Live extends Issuing> {
  readonly live: Live;
  readonly caller: callers.Caller;
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
  async prepare<Live extends Issuing>(tx: Transaction, live: Live): Promise<Prepared<Live> | undefined> {
    const caller = await this.users.caller(tx, live.session.userId);
    return caller && { live, caller };
  }

  /** An access token alone. */
  issueAccess({ live, caller }: Prepared<Issuing>): IssuedToken {
    return this.tokens.issue(caller, live.session, live.at);
  }

  issue({ live, caller }: SignedIn): TokenSet {
    const { token, expiresIn, scope } = this.issueAccess({ live, caller });
    return {
      accessToken: token,
      expiresIn,
      refreshToken: live.refreshToken,
      refreshExpiresIn: this.sessions.secondsLeft(live),
      scope,
    };
  }
}
