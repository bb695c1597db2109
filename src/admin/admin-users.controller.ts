import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentUser, RequirePermissions, type Principal } from '../access/index.js';
import { ServiceOverloaded } from '../passwords/index.js';
import { NotFound, originOf, ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import { Cursors, IdPath } from '../platform/requests/index.js';
import { Conflict } from '../roles/index.js';
import { EmailTaken, UsersService } from '../users/index.js';
import {
  AdminUserDto,
  AdminUserPageDto,
  ChangeUserDto,
  CreateUserDto,
  UserListQuery,
  UserRolesDto,
} from './admin-users.dto.js';
import { UserCreationService } from './user-creation.service.js';
import { UserRolesService } from './user-roles.service.js';
import { UserStandingService } from './user-standing.service.js';

const LIST = 'admin/users';

@ApiTags('admin')
@Controller(LIST)
export class AdminUsersController {
  constructor(
    private readonly users: UsersService,
    private readonly creation: UserCreationService,
    private readonly roles: UserRolesService,
    private readonly standing: UserStandingService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * List users
   *
   * @remarks In the order in which they were made.
   */
  @Get()
  @RequirePermissions('user:read')
  @Problems(ServiceUnavailable)
  async list(@Query() { limit, cursor, ...filter }: UserListQuery): Promise<AdminUserPageDto> {
    const after = this.cursors.decode(LIST, cursor);
    const page = await this.users.list({ limit, after }, filter);
    return this.cursors.present(LIST, page, (user) => AdminUserDto.of(user));
  }

  /**
   * Make an account
   *
   * @remarks For somebody else, with roles that the caller may grant.
   */
  @Post()
  @RequirePermissions('user:write')
  @Problems(EmailTaken, ServiceOverloaded, ServiceUnavailable)
  async create(
    @CurrentUser() caller: Principal,
    @Body() body: CreateUserDto,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserDto> {
    return AdminUserDto.of(await this.creation.create(body, originOf(request, caller.userId)));
  }

  /**
   * Look at a user
   *
   * @remarks Whoever it is, also one that is disabled.
   */
  @Get(':id')
  @RequirePermissions('user:read')
  @Problems(NotFound, ServiceUnavailable)
  async get(@Param() { id }: IdPath): Promise<AdminUserDto> {
    const user = await this.users.find(id);
    if (!user) throw NotFound();
    return AdminUserDto.of(user);
  }

  /**
   * Change a user
   *
   * @remarks Changes what the body names; an empty object changes nothing.
   */
  @Patch(':id')
  @RequirePermissions('user:write')
  @Problems(NotFound, ServiceUnavailable)
  async change(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Body() { name }: ChangeUserDto,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserDto> {
    return AdminUserDto.of(await this.standing.rename(id, name, originOf(request, caller.userId)));
  }

  /**
   * Set the roles of a user
   *
   * @remarks Neither the roles before nor those after may grant anything that the caller does not hold; only an admin
   * makes admins, and unmakes them. Access tokens issued before are refused as `token_revoked`; a refresh gives the new roles.
   */
  @Put(':id/roles')
  @RequirePermissions('user:write')
  @Problems(NotFound, Conflict, ServiceUnavailable)
  async setRoles(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Body() { roles }: UserRolesDto,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserDto> {
    return AdminUserDto.of(await this.roles.set(id, roles, originOf(request, caller.userId)));
  }

  /**
   * Disable a user
   *
   * @remarks The user cannot sign in any more, and is signed out everywhere.
   */
  @Post(':id/disable')
  @HttpCode(200)
  @RequirePermissions('user:write')
  @Problems(NotFound, Conflict, ServiceUnavailable)
  async disable(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserDto> {
    return AdminUserDto.of(await this.standing.disable(id, originOf(request, caller.userId)));
  }

  /**
   * Enable a user
   *
   * @remarks The user may sign in again; sessions that ended stay so.
   */
  @Post(':id/enable')
  @HttpCode(200)
  @RequirePermissions('user:write')
  @Problems(NotFound, ServiceUnavailable)
  async enable(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserDto> {
    return AdminUserDto.of(await this.standing.enable(id, originOf(request, caller.userId)));
  }

  /**
   * End all sessions of a user
   *
   * @remarks Its refresh tokens and access tokens are dead before the answer is sent.
   */
  @Delete(':id/sessions')
  @HttpCode(204)
  @RequirePermissions('session:write')
  @Problems(NotFound, ServiceUnavailable)
  endSessions(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.standing.endSessions(id, originOf(request, caller.userId));
  }

  /**
   * Delete a user
   *
   * @remarks For good. Its access tokens are refused at once.
   */
  @Delete(':id')
  @HttpCode(204)
  @RequirePermissions('user:write')
  @Problems(NotFound, Conflict, ServiceUnavailable)
  delete(
    @CurrentUser() caller: Principal,
    @Param() { id }: IdPath,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.standing.delete(id, originOf(request, caller.userId));
  }
}
