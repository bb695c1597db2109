import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { accessProblems, AuthRequired, CurrentUser, type Principal } from '../access/index.js';
import { ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import type { User } from './user.js';
import { ChangeMeDto, UserDto } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
@AuthRequired()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /**
   * Who I am
   *
   * @remarks The user whose access token is presented.
   */
  @Get('me')
  @Problems(ServiceUnavailable)
  async me(@CurrentUser() caller: Principal): Promise<UserDto> {
    return present(await this.users.find(caller.userId));
  }

  /**
   * Change what is mine
   *
   * @remarks Changes what the body names; an empty object changes nothing.
   */
  @Patch('me')
  @Problems(ServiceUnavailable)
  async change(@CurrentUser() caller: Principal, @Body() { name }: ChangeMeDto): Promise<UserDto> {
    return present(
      name === undefined
        ? await this.users.find(caller.userId)
        : await this.users.rename(caller.userId, name),
    );
  }
}

/** The user of a genuine token is gone: whatever the token says, it speaks for nobody. */
function present(user: User | undefined): UserDto {
  if (!user) throw accessProblems.TokenRevoked();
  return UserDto.of(user);
}
