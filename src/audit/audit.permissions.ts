import { definePermissions, type Defined } from '../access/index.js';

export const AUDIT_PERMISSIONS = definePermissions('audit:read');

declare global {
  interface PermissionCatalogue extends Defined<typeof AUDIT_PERMISSIONS> {}
}
