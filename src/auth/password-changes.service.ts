import { Injectable } from '@nestjs/common';
import { accessProblems } from '../access/index.js';
import { PasswordsService, type Asker, type Proof } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import type { Origin } from '../platform/events/index.js';
import { UsersService } from '../users/index.js';
import { PasswordChanged } from './auth.events.js';
import { PasswordReplacements } from './password-replacements.js';
import { SignIns } from './sign-ins.js';
import type { TokenSet } from './token-sets.js';

/** Changes the password of somebody who proved the old one. */
@Injectable()
export class PasswordChangesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly replacements: PasswordReplacements,
    private readonly signIns: SignIns,
  ) {}

  /**
   * Ends every session, also the one that asks, and opens a new one: whoever holds a token of before, its refresh
   * token within the grace too, is out.
   *
   * @throws `service_overloaded`; `token_revoked` where the user was changed or disabled since it was proved
   */
  async change(proof: Proof, password: string, origin: Origin, asker: Asker): Promise<TokenSet> {
    const hash = await this.passwords.hash(password, asker);
    const signedIn = await this.database.transaction(async (tx) => {
      const raised = await this.users.raiseVersionOf(tx, proof.userId, proof.userVersion);
      if (!raised) return undefined;
      await this.replacements.replace(tx, raised, hash, PasswordChanged, origin);
      return this.signIns.open(tx, { ...proof, userVersion: raised.version }, origin);
    });
    if (!signedIn) throw accessProblems.TokenRevoked();
    return this.signIns.issue(signedIn);
  }
}
