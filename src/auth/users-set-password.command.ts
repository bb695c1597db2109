import { Injectable } from '@nestjs/common';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { ValidationPipe } from '../platform/http/index.js';
import { SetPasswordDto } from './auth.dto.js';
import { PasswordResetsService } from './password-resets.service.js';

/** The command's name, on the command line and over the control socket. */
export const USERS_SET_PASSWORD = 'users:set-password';

/** What the command answers. */
export interface PasswordSet {
  readonly id: string;
  readonly email: string;
  readonly sessions_ended: number;
}

/** Sets a password from the command line, under the rules of `POST /auth/register`, and ends all sessions. */
@Injectable()
export class UsersSetPasswordCommand {
  private readonly pipe = new ValidationPipe();

  constructor(
    commands: ControlCommands,
    private readonly resets: PasswordResetsService,
  ) {
    commands.register(USERS_SET_PASSWORD, (input) => this.run(input));
  }

  private async run(input: unknown): Promise<PasswordSet> {
    const { email, password } = (await this.pipe.transform(input, {
      type: 'body',
      metatype: SetPasswordDto,
    })) as SetPasswordDto;
    const reset = await this.resets.set(email, password, COMMAND_LINE);
    if (!reset) throw new ControlError('unknown_user', `There is no account of ${email}.`);
    return { id: reset.id, email, sessions_ended: reset.sessionsEnded };
  }
}
