import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

/** The command's name, on the command line and over the control socket. */
export const USERS_LIST = 'users:list';

/** The most that one question may ask for: an answer goes over the control socket in one line. */
export const USERS_LIST_LIMIT = 500;

/** A user as the command line shows it. */
export interface UserLine {
  readonly id: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly created_at: string;
  readonly disabled: boolean;
}

/** Lists accounts for an operator. */
@Injectable()
export class UsersListCommand {
  constructor(
    commands: ControlCommands,
    private readonly users: UsersService,
  ) {
    commands.register(USERS_LIST, (input) => this.run(input));
  }

  private async run(input: unknown): Promise<UserLine[]> {
    const { limit, after } = (input ?? {}) as { limit?: unknown; after?: unknown };
    if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > USERS_LIST_LIMIT) {
      throw new ControlError('validation_failed', `--limit is a whole number from 1 to ${USERS_LIST_LIMIT}.`);
    }
    if (after !== undefined && !isUUID(after)) {
      throw new ControlError('validation_failed', '--after is the id of a user, as the list shows it.');
    }
    const { rows } = await this.users.list({ limit: limit as number, after: after as string | undefined });
    return rows.map(lineOf);
  }
}

function lineOf({ id, email, roles, createdAt, disabledAt }: User): UserLine {
  return { id, email, roles, created_at: createdAt.toISOString(), disabled: disabledAt !== null };
}
