import { Injectable } from '@nestjs/common';
import { PasswordsService, type Asker } from '../passwords/index.js';
import { Database } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { UsersService, type User } from '../users/index.js';
import { Registered } from './auth.events.js';

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null;
}

/** Makes accounts that can sign in. */
@Injectable()
export class RegistrationsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly events: Events,
  ) {}

  /** @throws `email_taken`, `service_overloaded` */
  async register(
    { email, password, name = null }: Registration,
    origin: Origin,
    asker: Asker,
  ): Promise<User> {
    const hash = await this.passwords.hash(password, asker);
    return this.database.transaction(async (tx) => {
      const user = await this.users.create(tx, { email, name });
      await this.passwords.keep(tx, user.id, hash);
      await this.events.publish(tx, Registered(origin, { id: user.id, email }));
      return user;
    });
  }
}
