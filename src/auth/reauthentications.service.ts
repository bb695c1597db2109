import { Injectable } from '@nestjs/common';
import { accessProblems, type Principal } from '../access/index.js';
import { PasswordsService, type Asker, type Proof } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService } from '../sessions/index.js';
import type { IssuedToken } from '../tokens/index.js';
import { Reauthenticated, ReauthenticationRefused } from './auth.events.js';
import { InvalidCredentials } from './auth.problems.js';
import type { Login } from './auth.service.js';
import { TokenSets } from './token-sets.js';

/** Lets whoever is signed in prove it anew, so that what asks for a recent sign-in succeeds (RFC 9470). */
@Injectable()
export class ReauthenticationsService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly tokenSets: TokenSets,
    private readonly events: Events,
  ) {}

  /**
   * The session remembers it, so that what a refresh gives says it, too. The refresh token stays as it is.
   *
   * @param login whose address is the caller's
   * @throws `invalid_credentials`, `service_overloaded`; `token_revoked` where the session has ended meanwhile
   */
  async reauthenticate(caller: Principal, login: Login, origin: Origin, asker: Asker): Promise<IssuedToken> {
    const proof = await this.prove(caller, login, origin, asker);
    const renewed = await this.renew(caller, proof, origin);
    if (!renewed) throw accessProblems.TokenRevoked();
    return this.tokenSets.issueAccess(renewed);
  }

  /**
   * Checks the caller's own password.
   *
   * @param login whose address is the caller's
   * @throws `invalid_credentials`, `service_overloaded`
   */
  async prove(caller: Principal, login: Login, origin: Origin, asker: Asker): Promise<Proof> {
    const proof = await this.passwords.prove(login.email, login.password, asker);
    // The address may have passed to somebody else since it was looked up.
    if (proof?.userId === caller.userId) return proof;
    await this.tell(ReauthenticationRefused(origin, { id: caller.userId }, ofSession(caller)));
    throw InvalidCredentials();
  }

  private renew(caller: Principal, proof: Proof, origin: Origin) {
    return this.database.transaction(async (tx) => {
      const live = await this.sessions.reauthenticate(tx, caller.sessionId, proof);
      const renewed = live && (await this.tokenSets.prepare(tx, live));
      if (renewed)
        await this.events.publish(tx, Reauthenticated(origin, { id: caller.userId }, ofSession(caller)));
      return renewed;
    });
  }

  private tell(event: Parameters<Events['publish']>[1]): Promise<void> {
    return this.database.transaction((tx) => this.events.publish(tx, event));
  }
}

function ofSession({ sessionId }: Principal): { session_id: string } {
  return { session_id: sessionId };
}
