export { DEFAULT_ROLE } from './role.js';
export { rolePermissions, roles } from './roles.table.js';
