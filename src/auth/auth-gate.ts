import { Injectable } from '@nestjs/common';
import type { Asker } from '../passwords/index.js';
import type { Origin } from '../platform/events/index.js';
import { clientAddress, type Reservation } from '../platform/limits/index.js';
import { Problem } from '../platform/problem/index.js';
import { InvalidRefreshToken, SessionsService } from '../sessions/index.js';
import { EmailTaken, type User } from '../users/index.js';
import { AuthLimits } from './auth-limits.js';
import { InvalidCredentials } from './auth.problems.js';
import { AuthService, type Login } from './auth.service.js';
import { KnownClients } from './known-clients.js';
import { RegistrationsService, type Registration } from './registrations.service.js';
import type { TokenSet } from './token-sets.js';

/**
 * Stands before the services where the network asks. The order is the defence: limits first, which cost a
 * comparison; then a place in the queue of password checks; only then a look-up, and a hash.
 */
@Injectable()
export class AuthGate {
  constructor(
    private readonly auth: AuthService,
    private readonly registrations: RegistrationsService,
    private readonly limits: AuthLimits,
    private readonly clients: KnownClients,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Counts what was carried out and what was refused because the address is taken, for that tells who exists.
   *
   * @throws `rate_limited`, and what `RegistrationsService.register` throws
   */
  async register(registration: Registration, origin: Origin): Promise<User> {
    const address = addressOf(origin);
    const attempt = await this.limits.registration(address);
    try {
      return await this.registrations.register(registration, origin, this.askerAt(address));
    } catch (error) {
      return failed(error, EmailTaken, attempt);
    }
  }

  /**
   * Counts wrong credentials alone.
   *
   * @throws `rate_limited`, and what `AuthService.login` throws
   */
  async login(login: Login, origin: Origin): Promise<TokenSet> {
    const address = addressOf(origin);
    const attempt = await this.limits.login(login.email, address);
    try {
      const tokens = await this.auth.login(login, origin, this.askerAt(address));
      this.clients.signedIn(login.email, address);
      await attempt.giveBack();
      return tokens;
    } catch (error) {
      return failed(error, InvalidCredentials, attempt);
    }
  }

  /**
   * Counts refused tokens against their sender, before the MAC is looked at; and every genuine one against
   * its session, whoever sends it.
   *
   * @throws `rate_limited`, `invalid_refresh_token`
   */
  async refresh(refreshToken: string, origin: Origin): Promise<TokenSet> {
    const attempt = await this.limits.refusedRefresh(addressOf(origin));
    try {
      const claims = this.sessions.decode(refreshToken);
      if (!claims) throw InvalidRefreshToken();
      await this.limits.refresh(claims.sessionId);
      const tokens = await this.auth.refresh(claims, origin);
      await attempt.giveBack();
      return tokens;
    } catch (error) {
      return failed(error, InvalidRefreshToken, attempt);
    }
  }

  private askerAt(address: string): Asker {
    return this.clients.hasSignedInLately(address) ? 'known' : 'anybody';
  }
}

function addressOf({ ip }: Origin): string {
  return clientAddress(ip ?? undefined);
}

/** A try stays counted where it failed in the way that is counted; what else went wrong was not its fault. */
async function failed(error: unknown, counted: Counted, attempt: Reservation): Promise<never> {
  if (!(error instanceof Problem) || error.definition !== counted.definition) await attempt.giveBack();
  throw error;
}

type Counted = Pick<typeof InvalidCredentials, 'definition'>;
