import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  accessProblems,
  AuthOptional,
  AuthRequired,
  CurrentUser,
  Public,
  Refusal,
  type Principal,
} from '../access/index.js';
import { ServiceOverloaded } from '../passwords/index.js';
import { originOf, ServiceUnavailable } from '../platform/http/index.js';
import { RateLimited } from '../platform/limits/index.js';
import { Problems, type Problem } from '../platform/problem/index.js';
import { InvalidRefreshToken } from '../sessions/index.js';
import { EmailTaken, UserDto } from '../users/index.js';
import { AuthGate } from './auth-gate.js';
import {
  AccessTokenDto,
  LoginDto,
  LogoutDto,
  ReauthenticateDto,
  RefreshDto,
  RegisterDto,
  TokenSetDto,
} from './auth.dto.js';
import { InvalidCredentials } from './auth.problems.js';
import { HashesPassword } from './hashes-password.decorator.js';
import { OwnPasswordGate } from './own-password-gate.js';
import { RefreshCookie } from './refresh-cookie.decorator.js';
import { RefreshTokenCarrier } from './refresh-token-carrier.js';
import { SignOutsService } from './sign-outs.service.js';

/** Told where an access token need not be sent, and nothing else was good. */
const BEARER_REFUSALS = [
  accessProblems.Unauthenticated,
  accessProblems.InvalidToken,
  accessProblems.TokenExpired,
  accessProblems.TokenRevoked,
];

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly gate: AuthGate,
    private readonly ownPassword: OwnPasswordGate,
    private readonly signOuts: SignOutsService,
    private readonly carrier: RefreshTokenCarrier,
  ) {}

  /**
   * Register
   *
   * @remarks Makes an account. It signs nobody in: `POST /auth/login` does.
   */
  @Post('register')
  @Public()
  @HashesPassword('registration')
  @Problems(EmailTaken, RateLimited, ServiceOverloaded, ServiceUnavailable)
  async register(@Body() body: RegisterDto, @Req() request: FastifyRequest): Promise<UserDto> {
    return UserDto.of(await this.gate.register(body, originOf(request)));
  }

  /**
   * Sign in
   *
   * @remarks Opens a session and gives its tokens. An unknown account, a wrong password and a disabled user
   * are answered alike, and limited alike.
   */
  @Post('login')
  @HttpCode(200)
  @Public()
  @HashesPassword('login')
  @RefreshCookie({ forgeable: true })
  @Problems(InvalidCredentials, accessProblems.Forbidden, RateLimited, ServiceOverloaded, ServiceUnavailable)
  async login(
    @Body() body: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenSetDto> {
    return TokenSetDto.of(this.carrier.give(reply, await this.gate.login(body, originOf(request))));
  }

  /**
   * Refresh
   *
   * @remarks Trades the refresh token for a new token set. If the answer was lost, send the same token again
   * within the grace (30 s by default): the very same successor comes back. A token that was used before
   * that ends its session.
   */
  @Post('refresh')
  @HttpCode(200)
  @Public()
  @RefreshCookie({ reads: true })
  @ApiBody({ type: RefreshDto, required: false })
  @Problems(InvalidRefreshToken, accessProblems.Forbidden, RateLimited, ServiceUnavailable)
  async refresh(
    @Body() { refresh_token }: RefreshDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenSetDto> {
    const presented = this.carrier.tokenIn(request, refresh_token);
    const set = await this.gate.refresh(presented, originOf(request));
    return TokenSetDto.of(this.carrier.give(reply, set));
  }

  /**
   * Confirm the password
   *
   * @remarks Gives an access token with a new `auth_time`, for what answered `step_up_required` (RFC 9470).
   * Refreshes keep that time; the refresh token stays as it is. A wrong password counts as a failed sign-in, and
   * ends nothing: the challenge names no error, for the access token was not refused.
   */
  @Post('reauthenticate')
  @HttpCode(200)
  @AuthRequired()
  @Problems(InvalidCredentials, RateLimited, ServiceOverloaded, ServiceUnavailable)
  async reauthenticate(
    @CurrentUser() caller: Principal,
    @Body() { password }: ReauthenticateDto,
    @Req() request: FastifyRequest,
  ): Promise<AccessTokenDto> {
    const origin = originOf(request, caller.userId);
    return AccessTokenDto.of(await this.ownPassword.reauthenticate(caller, password, origin));
  }

  /**
   * Sign out
   *
   * @remarks Ends the session of every valid credential that is sent, the access token in the header, the
   * refresh token in the body or cookie, or both. Its access tokens are dead before the answer is sent.
   */
  @Post('logout')
  @HttpCode(204)
  @AuthOptional()
  @RefreshCookie({ reads: true, clears: true })
  @ApiBody({ type: LogoutDto, required: false })
  @Problems(...BEARER_REFUSALS, InvalidRefreshToken, accessProblems.Forbidden, ServiceUnavailable)
  async logout(
    @CurrentUser() caller: Principal | null,
    @Refusal() refusal: Problem | null,
    @Body() { refresh_token }: LogoutDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const refreshTokens = this.carrier.tokensIn(request, refresh_token);
    const presented = { caller, refusal, refreshTokens };
    await this.carrier.takeBack(reply, this.signOuts.logout(presented, originOf(request)));
  }

  /**
   * Sign out everywhere
   *
   * @remarks Ends all sessions of the caller, this one too, and all access tokens issued before. A sign-in right
   * after it lives.
   */
  @Post('logout-all')
  @HttpCode(204)
  @AuthRequired()
  @RefreshCookie()
  @Problems(ServiceUnavailable)
  logoutAll(
    @CurrentUser() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.carrier.takeBack(reply, this.signOuts.logoutAll(caller, originOf(request, caller.userId)));
  }
}
