import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { Database } from '../platform/database/index.js';
import { ExpiringMemory, RateLimits, type Limit } from '../platform/limits/index.js';
import { SessionsService } from '../sessions/index.js';

const LATELY_SECONDS = 24 * 3600;
/** How old a "no" of the database may be; a "yes" is good for as long as a login is. */
const STRANGER_SECONDS = 60;
/** Of each memory: a few megabytes at most. */
const MOST = 10_000;
/** Of one address: whoever names another account with each try would ask the database with each, for nothing. */
const QUESTIONS: Limit = { name: 'login-familiar', max: 20, windowSeconds: 60 };

/** Which client addresses have signed in before, and to which accounts. */
@Injectable()
export class KnownClients {
  private readonly familiarSeconds: number;
  private readonly lately: ExpiringMemory;
  private readonly familiar: ExpiringMemory;
  /** The addresses of `familiar`. */
  private readonly homes: ExpiringMemory;
  private readonly strangers: ExpiringMemory;

  constructor(
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly limits: RateLimits,
    { rateLimits }: Configuration,
    clock: Clock,
  ) {
    this.familiarSeconds = rateLimits.loginFamiliarSeconds;
    this.lately = new ExpiringMemory(clock, LATELY_SECONDS, MOST);
    const seconds = Math.min(LATELY_SECONDS, this.familiarSeconds);
    this.familiar = new ExpiringMemory(clock, seconds, MOST);
    this.homes = new ExpiringMemory(clock, seconds, MOST);
    this.strangers = new ExpiringMemory(clock, STRANGER_SECONDS, MOST);
  }

  /** To be called when a login is complete. */
  signedIn(email: string, address: string): void {
    this.lately.add(address);
    this.makeFamiliar(email, address);
  }

  /** Whether that address signed in lately, to whichever account. */
  hasSignedInLately(address: string): boolean {
    return this.lately.has(address);
  }

  /**
   * Whether that account has signed in from that address within `LOGIN_FAMILIAR_TTL`. The database is asked, in the
   * same way where there is no such account, only for what memory does not hold, and so many times a minute for an
   * address: beyond that the pair is a stranger.
   */
  async isFamiliar(email: string, address: string): Promise<boolean> {
    const pair = pairOf(email, address);
    if (this.familiarSeconds === 0) return false;
    // First: a login since then makes a pair familiar that was a stranger's when the database was asked.
    if (this.familiar.has(pair)) return true;
    if (this.strangers.has(pair)) return false;
    if (!(await this.limits.reserve([{ limit: QUESTIONS, key: address }])).granted) return false;
    const familiar = await this.sessions.hasLoggedIn(this.database, email, address, this.familiarSeconds);
    if (familiar) this.makeFamiliar(email, address);
    else this.strangers.add(pair);
    return familiar;
  }

  /** Whether `isFamiliar` could say yes to any account at that address, or would ask the database. */
  mayBeFamiliar(address: string): boolean {
    if (this.familiarSeconds === 0) return false;
    return this.homes.has(address) || !this.limits.reached([{ limit: QUESTIONS, key: address }]);
  }

  private makeFamiliar(email: string, address: string): void {
    this.familiar.add(pairOf(email, address));
    this.homes.add(address);
  }
}

/** An address holds no space. */
function pairOf(email: string, address: string): string {
  return `${address} ${email}`;
}
