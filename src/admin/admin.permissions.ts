import { definePermissions, type Defined } from '../access/index.js';

/**
 * What administration asks for. Reading a role tells its permissions, so that whoever reads roles also reads
 * which permissions there are.
 */
export const ADMIN_PERMISSIONS = definePermissions(
  'user:read',
  'user:write',
  'role:read',
  'role:write',
  'session:write',
);

export type AdminPermission = (typeof ADMIN_PERMISSIONS)[number];

declare global {
  interface PermissionCatalogue extends Defined<typeof ADMIN_PERMISSIONS> {}
}
