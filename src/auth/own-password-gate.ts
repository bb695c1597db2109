import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import type { Asker } from '../passwords/index.js';
import type { Origin } from '../platform/events/index.js';
import type { IssuedToken } from '../tokens/index.js';
import { UsersService } from '../users/index.js';
import type { Login } from './auth.service.js';
import { LoginAttempts } from './login-attempts.js';
import { PasswordChangesService } from './password-changes.service.js';
import { ReauthenticationsService } from './reauthentications.service.js';
import type { TokenSet } from './token-sets.js';

/**
 * Stands before what asks somebody who is signed in for the password. A try counts as a login of the same account
 * does: a stolen access token is no way around its limits.
 */
@Injectable()
export class OwnPasswordGate {
  constructor(
    private readonly users: UsersService,
    private readonly attempts: LoginAttempts,
    private readonly reauthentications: ReauthenticationsService,
    private readonly changes: PasswordChangesService,
  ) {}

  /** @throws `rate_limited`, `service_overloaded`, `invalid_credentials`, `token_revoked` */
  reauthenticate(caller: Principal, password: string, origin: Origin): Promise<IssuedToken> {
    return this.count(caller, password, origin, (login, asker) =>
      this.reauthentications.reauthenticate(caller, login, origin, asker),
    );
  }

  /** @throws `rate_limited`, `service_overloaded`, `invalid_credentials`, `token_revoked` */
  change(caller: Principal, password: string, newPassword: string, origin: Origin): Promise<TokenSet> {
    return this.count(caller, password, origin, async (login, asker) => {
      const proof = await this.reauthentications.prove(caller, login, origin, asker);
      return this.changes.change(proof, newPassword, origin, asker);
    });
  }

  private async count<T>(
    { userId }: Principal,
    password: string,
    origin: Origin,
    work: (login: Login, asker: Asker) => Promise<T>,
  ): Promise<T> {
    const user = await this.users.find(userId);
    if (!user) throw accessProblems.TokenRevoked();
    const { email } = user;
    return this.attempts.count(email, origin, (asker) => work({ email, password }, asker));
  }
}
