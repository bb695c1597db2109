import { Injectable } from '@nestjs/common';
import type { Proof } from '../passwords/index.js';
import type { Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { SessionsService, type SignedIn } from '../sessions/index.js';
import { LoggedIn, SessionDisplaced } from './auth.events.js';
import { TokenSets, type TokenSet } from './token-sets.js';

/** Opens the session of a proof: for a login, and where a changed password asks for a new one. */
@Injectable()
export class SignIns {
  constructor(
    private readonly sessions: SessionsService,
    private readonly tokenSets: TokenSets,
    private readonly events: Events,
  ) {}

  /** Undefined where the user was disabled, or changed, since it was proved: then nothing was written. */
  async open(tx: Transaction, proof: Proof, origin: Origin): Promise<SignedIn | undefined> {
    const { userId: id } = proof;
    const opened = await this.sessions.open(tx, proof, deviceOf(origin));
    if (!opened) return undefined;
    const from = { ...origin, actorId: id };
    const session_id = opened.live.session.id;
    await this.events.publish(tx, LoggedIn(from, { id }, { session_id }));
    for (const displaced of opened.displaced) {
      const details = { session_id: displaced, by_session_id: session_id };
      await this.events.publish(tx, SessionDisplaced(from, { id }, details));
    }
    return opened;
  }

  /** Once that is committed. */
  issue(signedIn: SignedIn): TokenSet {
    return this.tokenSets.issue(signedIn);
  }
}

export function deviceOf({ ip, agent }: Origin): { ip: string; userAgent: string | null } {
  return { ip: ip ?? 'unknown', userAgent: agent };
}
