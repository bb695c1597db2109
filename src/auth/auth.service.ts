import { Injectable } from '@nestjs/common';
import { PasswordsService, type Asker } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import type { SignedIn } from '../sessions/index.js';
import { LoginRefused } from './auth.events.js';
import { InvalidCredentials } from './auth.problems.js';
import { SignIns } from './sign-ins.js';
import type { TokenSet } from './token-sets.js';

/** What is claimed. */
export interface Login {
  readonly email: string;
  readonly password: string;
}

/** Turns a claim into a session, where it is proved. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly signIns: SignIns,
    private readonly events: Events,
  ) {}

  /**
   * @throws `invalid_credentials`, alike for an unknown account, a wrong password and a disabled user;
   *   `service_overloaded`
   */
  async login({ email, password }: Login, origin: Origin, asker: Asker): Promise<TokenSet> {
    const signedIn = await this.prove({ email, password }, origin, asker);
    if (!signedIn) {
      await this.database.transaction((tx) => this.events.publish(tx, LoginRefused(origin, { email })));
      throw InvalidCredentials();
    }
    return this.signIns.issue(signedIn);
  }

  /**
   * Twice where the user was changed while the hash was computed: with other roles, the password is right still.
   * Whoever does not know it is never asked again.
   */
  private async prove(
    { email, password }: Login,
    origin: Origin,
    asker: Asker,
  ): Promise<SignedIn | undefined> {
    for (let tries = 0; tries < 2; tries++) {
      const proof = await this.passwords.prove(email, password, asker);
      if (!proof) return undefined;
      const signedIn = await this.database.transaction((tx) => this.signIns.open(tx, proof, origin));
      if (signedIn) return signedIn;
    }
    return undefined;
  }
}
