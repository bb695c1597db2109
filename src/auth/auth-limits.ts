import { Injectable } from '@nestjs/common';
import { Configuration, type Rate } from '../platform/config/index.js';
import {
  RateLimits,
  refusalOf,
  type Limit,
  type LimitedKey,
  type Reservation,
} from '../platform/limits/index.js';
import type { Problem } from '../platform/problem/index.js';
import type { SessionId } from '../sessions/index.js';
import { KnownClients } from './known-clients.js';

/**
 * Who may try how often. Each method counts a try before anything is done for it, and hands over how to take
 * it back.
 *
 * Accounts are named by their address as it was sent, whether anybody has it or not: what is limited does not
 * tell who exists.
 */
@Injectable()
export class AuthLimits {
  private readonly loginPair: Limit;
  private readonly loginAddress: Limit;
  private readonly loginAccount: Limit;
  private readonly registrations: Limit;
  private readonly refreshes: Limit;
  private readonly refusedRefreshes: Limit;

  constructor(
    private readonly limits: RateLimits,
    private readonly clients: KnownClients,
    { rateLimits }: Configuration,
  ) {
    this.loginPair = named('login-pair', rateLimits.loginPair);
    this.loginAddress = named('login-address', rateLimits.loginAddress);
    this.loginAccount = named('login-account', rateLimits.loginAccount);
    this.registrations = named('register', rateLimits.register);
    this.refreshes = named('refresh-session', rateLimits.refreshSession);
    this.refusedRefreshes = named('refresh-refused', rateLimits.refreshRefused);
  }

  /**
   * The limit of the pair binds everybody. The others keep strangers from guessing widely; were they to bind
   * an account's own devices, a stranger could lock its owner out.
   *
   * @throws `rate_limited`
   */
  async login(email: string, address: string): Promise<Reservation> {
    const pair = { limit: this.loginPair, key: `${address} ${email}` };
    const outcome = await this.limits.reserve([
      pair,
      { limit: this.loginAddress, key: address },
      { limit: this.loginAccount, key: email },
    ]);
    if (outcome.granted) return outcome;
    const ownLimit = outcome.exceeded.includes(this.loginPair);
    if (ownLimit || !(await this.clients.isFamiliar(email, address))) throw refusalOf(outcome);
    return this.reserve(pair);
  }

  /** What every login from that address is told now, whichever account it names; undefined where that depends. */
  refusalOfLogins(address: string): Problem | undefined {
    const outcome = this.limits.reached([{ limit: this.loginAddress, key: address }]);
    return outcome === undefined || this.clients.mayBeFamiliar(address) ? undefined : refusalOf(outcome);
  }

  /** The same of registrations. */
  refusalOfRegistrations(address: string): Problem | undefined {
    const outcome = this.limits.reached([{ limit: this.registrations, key: address }]);
    return outcome && refusalOf(outcome);
  }

  /** @throws `rate_limited` */
  registration(address: string): Promise<Reservation> {
    return this.reserve({ limit: this.registrations, key: address });
  }

  /** @throws `rate_limited` */
  refresh(sessionId: SessionId): Promise<Reservation> {
    return this.reserve({ limit: this.refreshes, key: sessionId });
  }

  /** @throws `rate_limited` */
  refusedRefresh(address: string): Promise<Reservation> {
    return this.reserve({ limit: this.refusedRefreshes, key: address });
  }

  private async reserve(key: LimitedKey): Promise<Reservation> {
    const outcome = await this.limits.reserve([key]);
    if (!outcome.granted) throw refusalOf(outcome);
    return outcome;
  }
}

function named(name: string, rate: Rate): Limit {
  return { name, ...rate };
}
