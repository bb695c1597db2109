import { Global, Module } from '@nestjs/common';
import { Grants } from '../access/index.js';
import { Changes } from '../platform/changes/index.js';
import { RoleDefinitions } from './role-definitions.js';
import { RolesListCommand } from './roles-list.command.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

/** Global, for the access guard of the whole app asks its `Grants`. */
@Global()
@Module({
  providers: [
    RolesService,
    RolesRepository,
    RoleDefinitions,
    RolesListCommand,
    { provide: Grants, useExisting: RoleDefinitions },
  ],
  exports: [RolesService, Grants],
})
export class RolesModule {
  constructor(changes: Changes, roles: RolesService) {
    const load = () => roles.loadChanged();
    changes.follow({ name: 'What roles grant', read: load, glance: load });
  }
}
