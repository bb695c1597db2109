import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import type { Origin } from '../platform/events/index.js';
import type { IssuedToken } from '../tokens/index.js';
import { UsersService } from '../users/index.js';
import { LoginAttempts } from './login-attempts.js';
import { ReauthenticationsService } from './reauthentications.service.js';

/**
 * Stands before the service where the network asks. A try counts as a login of the same account does: a stolen
 * access token is no way around its limits.
 */
@Injectable()
export class ReauthenticationGate {
  constructor(
    private readonly users: UsersService,
    private readonly attempts: LoginAttempts,
    private readonly reauthentications: ReauthenticationsService,
  ) {}

  /** @throws `rate_limited`, `service_overloaded`, `invalid_credentials`, `token_revoked` */
  async reauthenticate(caller: Principal, password: string, origin: Origin): Promise<IssuedToken> {
    const user = await this.users.find(caller.userId);
    if (!user) throw accessProblems.TokenRevoked();
    const { email } = user;
    return this.attempts.count(email, origin, (asker) =>
      this.reauthentications.reauthenticate(caller, { email, password }, origin, asker),
    );
  }
}
