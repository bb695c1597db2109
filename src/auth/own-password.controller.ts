import { Body, Controller, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthRequired, CurrentUser, type Principal } from '../access/index.js';
import { ServiceOverloaded } from '../passwords/index.js';
import { originOf, ServiceUnavailable } from '../platform/http/index.js';
import { RateLimited } from '../platform/limits/index.js';
import { Problems } from '../platform/problem/index.js';
import { ChangePasswordDto, TokenSetDto } from './auth.dto.js';
import { InvalidCredentials } from './auth.problems.js';
import { OwnPasswordGate } from './own-password-gate.js';
import { RefreshCookie } from './refresh-cookie.decorator.js';
import { RefreshTokenCarrier } from './refresh-token-carrier.js';

@ApiTags('users')
@Controller('users/me/password')
@AuthRequired()
export class OwnPasswordController {
  constructor(
    private readonly gate: OwnPasswordGate,
    private readonly carrier: RefreshTokenCarrier,
  ) {}

  /**
   * Change my password
   *
   * @remarks Ends all sessions, this one too, and gives the token set of a new one: every token of before is dead.
   * A wrong password counts as a failed sign-in, and changes nothing.
   */
  @Put()
  @RefreshCookie()
  @Problems(InvalidCredentials, RateLimited, ServiceOverloaded, ServiceUnavailable)
  async change(
    @CurrentUser() caller: Principal,
    @Body() { current_password, new_password }: ChangePasswordDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenSetDto> {
    const origin = originOf(request, caller.userId);
    const set = await this.gate.change(caller, current_password, new_password, origin);
    return TokenSetDto.of(this.carrier.give(reply, set));
  }
}
