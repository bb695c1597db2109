import { Injectable } from '@nestjs/common';
import type { Origin } from '../platform/events/index.js';
import { clientAddress } from '../platform/limits/index.js';
import { Tally } from '../platform/metrics/index.js';
import { InvalidRefreshToken } from '../sessions/index.js';
import { EmailTaken, type User } from '../users/index.js';
import { AuthLimits } from './auth-limits.js';
import { AuthService, type Login } from './auth.service.js';
import { failed, isOf, LoginAttempts } from './login-attempts.js';
import { counted, OUTCOMES } from './outcomes.js';
import { RefreshesService } from './refreshes.service.js';
import { RegistrationsService, type Registration } from './registrations.service.js';
import type { TokenSet } from './token-sets.js';

/**
 * Stands before the services where the network asks. The order is the defence: limits first, which cost a
 * comparison; then a place in the queue of password checks; only then a look-up, and a hash.
 */
@Injectable()
export class AuthGate {
  readonly logins = new Tally(...OUTCOMES, 'invalid_credentials');
  readonly registered = new Tally(...OUTCOMES, 'email_taken');

  constructor(
    private readonly auth: AuthService,
    private readonly registrations: RegistrationsService,
    private readonly refreshes: RefreshesService,
    private readonly limits: AuthLimits,
    private readonly attempts: LoginAttempts,
  ) {}

  /**
   * Counts what was carried out and what was refused because the address is taken, for that tells who exists.
   *
   * @throws `rate_limited`, and what `RegistrationsService.register` throws
   */
  register(registration: Registration, origin: Origin): Promise<User> {
    return counted(this.registered, this.tryRegistration(registration, origin));
  }

  private async tryRegistration(registration: Registration, origin: Origin): Promise<User> {
    const address = clientAddress(origin.ip);
    const attempt = await this.limits.registration(address);
    try {
      return await this.registrations.register(registration, origin, this.attempts.askerAt(address));
    } catch (error) {
      return failed(error, EmailTaken, attempt);
    }
  }

  /**
   * Counts wrong credentials alone.
   *
   * @throws `rate_limited`, and what `AuthService.login` throws
   */
  login(login: Login, origin: Origin): Promise<TokenSet> {
    const attempt = this.attempts.count(login.email, origin, (asker) =>
      this.auth.login(login, origin, asker),
    );
    return counted(this.logins, attempt);
  }

  /**
   * Counts every genuine token against its session, whoever sends it; and what is refused against its sender.
   * A genuine one is looked at whatever else came from its address: made-up ones sign no neighbour out.
   *
   * @throws `rate_limited`, `invalid_refresh_token`
   */
  async refresh(refreshToken: string, origin: Origin): Promise<TokenSet> {
    const claims = this.refreshes.read(refreshToken);
    if (!claims) return this.refuse(origin);
    await this.limits.refresh(claims.sessionId);
    try {
      return await this.refreshes.refresh(claims, origin);
    } catch (error) {
      if (isOf(error, InvalidRefreshToken)) return this.refuse(origin);
      throw error;
    }
  }

  private async refuse({ ip }: Origin): Promise<never> {
    await this.limits.refusedRefresh(clientAddress(ip));
    throw InvalidRefreshToken();
  }
}
