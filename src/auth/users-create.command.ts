import { Injectable } from '@nestjs/common';
import { ControlCommands } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { ValidationPipe } from '../platform/http/index.js';
import { UserDto } from '../users/index.js';
import { RegisterDto } from './auth.dto.js';
import { RegistrationsService } from './registrations.service.js';

/** The command's name, on the command line and over the control socket. */
export const USERS_CREATE = 'users:create';

/** Makes an account from the command line, under the rules of `POST /auth/register`. */
@Injectable()
export class UsersCreateCommand {
  private readonly pipe = new ValidationPipe();

  constructor(
    commands: ControlCommands,
    private readonly registrations: RegistrationsService,
  ) {
    commands.register(USERS_CREATE, (input) => this.run(input));
  }

  private async run(input: unknown): Promise<UserDto> {
    const registration = (await this.pipe.transform(input, {
      type: 'body',
      metatype: RegisterDto,
    })) as RegisterDto;
    return UserDto.of(await this.registrations.register(registration, COMMAND_LINE, 'operator'));
  }
}
