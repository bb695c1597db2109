import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { Database } from '../platform/database/index.js';
import { ExpiringMemory } from '../platform/limits/index.js';
import { SessionsService } from '../sessions/index.js';

const LATELY_SECONDS = 24 * 3600;
/** How old an answer of the database may be. */
const ANSWER_SECONDS = 60;
/** Of each memory: a few megabytes at most. */
const MOST = 10_000;

/** Which client addresses have signed in before, and to which accounts. */
@Injectable()
export class KnownClients {
  private readonly lately: ExpiringMemory;
  private readonly familiar: ExpiringMemory;
  private readonly strangers: ExpiringMemory;

  constructor(
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly configuration: Configuration,
    clock: Clock,
  ) {
    this.lately = new ExpiringMemory(clock, LATELY_SECONDS, MOST);
    this.familiar = new ExpiringMemory(clock, ANSWER_SECONDS, MOST);
    this.strangers = new ExpiringMemory(clock, ANSWER_SECONDS, MOST);
  }

  /** To be called when a login is complete. */
  signedIn(email: string, address: string): void {
    this.lately.add(address);
    this.familiar.add(pairOf(email, address));
  }

  /** Whether that address signed in lately, to whichever account. */
  hasSignedInLately(address: string): boolean {
    return this.lately.has(address);
  }

  /**
   * Whether that account has signed in from that address within `LOGIN_FAMILIAR_TTL`. Asks the database at
   * most once a minute for the same pair, and asks it in the same way where there is no such account.
   */
  async isFamiliar(email: string, address: string): Promise<boolean> {
    const pair = pairOf(email, address);
    const seconds = this.configuration.rateLimits.loginFamiliarSeconds;
    if (seconds === 0) return false;
    // First: a login since then makes a pair familiar that was a stranger's when the database was asked.
    if (this.familiar.has(pair)) return true;
    if (this.strangers.has(pair)) return false;
    const familiar = await this.sessions.hasLoggedIn(this.database, email, address, seconds);
    (familiar ? this.familiar : this.strangers).add(pair);
    return familiar;
  }
}

/** An address holds no space. */
function pairOf(email: string, address: string): string {
  return `${address} ${email}`;
}
