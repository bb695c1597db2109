import { Injectable } from '@nestjs/common';
import type { Asker } from '../passwords/index.js';
import type { Origin } from '../platform/events/index.js';
import { clientAddress, type Reservation } from '../platform/limits/index.js';
import { Problem } from '../platform/problem/index.js';
import { AuthLimits } from './auth-limits.js';
import { InvalidCredentials } from './auth.problems.js';
import { KnownClients } from './known-clients.js';

/** Counts tries to prove a password, wherever one is asked for. */
@Injectable()
export class LoginAttempts {
  constructor(
    private readonly limits: AuthLimits,
    private readonly clients: KnownClients,
  ) {}

  /**
   * Counts wrong credentials alone.
   *
   * @throws `rate_limited`, and what the work throws
   */
  async count<T>(email: string, origin: Origin, work: (asker: Asker) => Promise<T>): Promise<T> {
    const address = clientAddress(origin.ip);
    const attempt = await this.limits.login(email, address);
    try {
      const result = await work(this.askerAt(address));
      this.clients.signedIn(email, address);
      await attempt.giveBack();
      return result;
    } catch (error) {
      return failed(error, InvalidCredentials, attempt);
    }
  }

  /** As whom the queue of password checks takes that address. */
  askerAt(address: string): Asker {
    return { address, known: this.clients.hasSignedInLately(address) };
  }
}

/** A try stays counted where it failed in the way that is counted; what else went wrong was not its fault. */
export async function failed(error: unknown, counted: Counted, attempt: Reservation): Promise<never> {
  if (!isOf(error, counted)) await attempt.giveBack();
  throw error;
}

export function isOf(error: unknown, { definition }: Counted): boolean {
  return error instanceof Problem && error.definition === definition;
}

type Counted = Pick<typeof InvalidCredentials, 'definition'>;
