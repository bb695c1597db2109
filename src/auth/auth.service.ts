import { Injectable } from '@nestjs/common';
import { PasswordsService, type Asker } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
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
    const proof = await this.passwords.prove(email, password, asker);
    const signedIn = proof && (await this.database.transaction((tx) => this.signIns.open(tx, proof, origin)));
    if (!signedIn) {
      await this.database.transaction((tx) => this.events.publish(tx, LoginRefused(origin, { email })));
      throw InvalidCredentials();
    }
    return this.signIns.issue(signedIn);
  }
}
