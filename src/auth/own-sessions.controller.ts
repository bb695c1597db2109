import { Controller, Delete, Get, HttpCode, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AuthRequired, CurrentUser, type Principal } from '../access/index.js';
import { NotFound, originOf, ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import { Cursors, IdPath, PageQuery } from '../platform/requests/index.js';
import { OwnSessionPageDto, OwnSessionDto } from './own-sessions.dto.js';
import { OwnSessionsService } from './own-sessions.service.js';

const LIST = 'auth/sessions';

@ApiTags('auth')
@Controller(LIST)
@AuthRequired()
export class OwnSessionsController {
  constructor(
    private readonly sessions: OwnSessionsService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * List my sessions
   *
   * @remarks Where the caller is signed in, the latest sign-in first.
   */
  @Get()
  @Problems(ServiceUnavailable)
  async list(
    @CurrentUser() caller: Principal,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<OwnSessionPageDto> {
    const page = await this.sessions.list(caller, { limit, after: this.cursors.decode(LIST, cursor) });
    return this.cursors.present(LIST, page, (session) => OwnSessionDto.of(session, caller.sessionId));
  }

  /**
   * End one of my sessions
   *
   * @remarks Signs that device out: its access tokens are dead before the answer is sent. Another user's session
   * does not exist for the caller.
   */
  @Delete(':id')
  @HttpCode(204)
  @Problems(NotFound, ServiceUnavailable)
  end(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.sessions.end(caller, id, originOf(request, caller.userId));
  }
}
