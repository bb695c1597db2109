import { Injectable } from '@nestjs/common';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { NotFound, ValidationPipe } from '../platform/http/index.js';
import { Problem } from '../platform/problem/index.js';
import type { User } from '../users/index.js';
import { GrantDto } from './users-grant.dto.js';
import { UserRolesService } from './user-roles.service.js';

/** The commands' names, on the command line and over the control socket. */
export const USERS_GRANT = 'users:grant';
export const USERS_REVOKE = 'users:revoke';

/** What the commands answer. */
export interface RolesOfUser {
  readonly id: string;
  readonly email: string;
  readonly roles: readonly string[];
}

/** Gives a role to a user, or takes it, from the command line: where the first admin comes from. */
@Injectable()
export class UsersGrantCommand {
  private readonly pipe = new ValidationPipe();

  constructor(
    commands: ControlCommands,
    private readonly roles: UserRolesService,
  ) {
    commands.register(USERS_GRANT, (input) => this.run(input, 'grant'));
    commands.register(USERS_REVOKE, (input) => this.run(input, 'revoke'));
  }

  private async run(input: unknown, change: 'grant' | 'revoke'): Promise<RolesOfUser> {
    const { email, role } = (await this.pipe.transform(input, {
      type: 'body',
      metatype: GrantDto,
    })) as GrantDto;
    try {
      return present(await this.roles[change](email, role, COMMAND_LINE));
    } catch (error) {
      if (!(error instanceof Problem) || error.definition !== NotFound.definition) throw error;
      throw new ControlError('unknown_user', `There is no account of ${email}.`);
    }
  }
}

function present({ id, email, roles }: User): RolesOfUser {
  return { id, email, roles };
}
