import { Module } from '@nestjs/common';
import { PasswordsModule } from '../passwords/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
// For the app, which otherwise knows of them nothing but their types.
import './admin.permissions.js';
import { AdminRolesController } from './admin-roles.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AuthoritiesService } from './authorities.service.js';
import { RoleAdministrationService } from './role-administration.service.js';
import { UserAdministrationService } from './user-administration.service.js';
import { UserCreationService } from './user-creation.service.js';
import { UserRolesService } from './user-roles.service.js';
import { UsersGrantCommand } from './users-grant.command.js';
import { UserStandingService } from './user-standing.service.js';

/** Administration over HTTP and from the command line. */
@Module({
  imports: [UsersModule, PasswordsModule, SessionsModule],
  controllers: [AdminUsersController, AdminRolesController],
  providers: [
    AuthoritiesService,
    RoleAdministrationService,
    UserAdministrationService,
    UserCreationService,
    UserRolesService,
    UsersGrantCommand,
    UserStandingService,
  ],
})
export class AdminModule {}
