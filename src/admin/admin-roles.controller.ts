import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentUser, RequirePermissions, type Principal } from '../access/index.js';
import { NotFound, originOf, ServiceUnavailable } from '../platform/http/index.js';
import { Problems } from '../platform/problem/index.js';
import { Cursors, PageQuery } from '../platform/requests/index.js';
import { Conflict, RolesService } from '../roles/index.js';
import {
  ChangeRoleDto,
  CreateRoleDto,
  PermissionPageDto,
  RoleDto,
  RolePageDto,
  RolePath,
} from './admin-roles.dto.js';
import { permissionsPage } from './permissions.js';
import { RoleAdministrationService } from './role-administration.service.js';

const ROLES = 'admin/roles';
const PERMISSIONS = 'admin/permissions';

@ApiTags('admin')
@Controller('admin')
export class AdminRolesController {
  constructor(
    private readonly roles: RolesService,
    private readonly administration: RoleAdministrationService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * List roles
   *
   * @remarks In the order of their names.
   */
  @Get('roles')
  @RequirePermissions('role:read')
  @Problems(ServiceUnavailable)
  async list(@Query() { limit, cursor }: PageQuery): Promise<RolePageDto> {
    const after = this.cursors.decode(ROLES, cursor);
    return this.cursors.present(ROLES, await this.roles.list({ limit, after }), (role) => RoleDto.of(role));
  }

  /**
   * Make a role
   *
   * @remarks With permissions that the caller holds.
   */
  @Post('roles')
  @RequirePermissions('role:write')
  @Problems(Conflict, ServiceUnavailable)
  async create(
    @CurrentUser() caller: Principal,
    @Body() { name, permissions }: CreateRoleDto,
    @Req() request: FastifyRequest,
  ): Promise<RoleDto> {
    const origin = originOf(request, caller.userId);
    return RoleDto.of(await this.administration.create(name, permissions, origin));
  }

  /**
   * Change a role
   *
   * @remarks What it no longer grants its holders lose at once; what is new they get with their next refresh.
   * The caller must hold what it granted before and grants afterwards. `admin` cannot be changed.
   */
  @Patch('roles/:name')
  @RequirePermissions('role:write')
  @Problems(NotFound, Conflict, ServiceUnavailable)
  async change(
    @CurrentUser() caller: Principal,
    @Param() { name }: RolePath,
    @Body() { permissions }: ChangeRoleDto,
    @Req() request: FastifyRequest,
  ): Promise<RoleDto> {
    const origin = originOf(request, caller.userId);
    return RoleDto.of(await this.administration.change(name, permissions, origin));
  }

  /**
   * Delete a role
   *
   * @remarks One that nobody holds, that is not built in, and that grants nothing that the caller does not hold.
   */
  @Delete('roles/:name')
  @HttpCode(204)
  @RequirePermissions('role:write')
  @Problems(NotFound, Conflict, ServiceUnavailable)
  delete(
    @CurrentUser() caller: Principal,
    @Param() { name }: RolePath,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.administration.delete(name, originOf(request, caller.userId));
  }

  /**
   * List permissions
   *
   * @remarks All that routes of this service may ask for.
   */
  @Get('permissions')
  @RequirePermissions('role:read')
  listPermissions(@Query() { limit, cursor }: PageQuery): PermissionPageDto {
    const after = this.cursors.decode(PERMISSIONS, cursor);
    return this.cursors.present(PERMISSIONS, permissionsPage({ limit, after }), (name) => ({ name }));
  }
}
