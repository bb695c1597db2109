export { RolesModule } from './roles.module.js';
export { RolesService } from './roles.service.js';
export { ADMIN_ROLE, DEFAULT_ROLE, permissionsGranted, type Role } from './role.js';
export { IsRoleName } from './role.decorators.js';
export { Conflict } from './roles.problems.js';
export { roles } from './roles.table.js';
export type * as rolesList from './roles-list.command.js';
