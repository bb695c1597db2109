import { definePermissions, type Defined } from '../access/index.js';

/** What notes ask for. The built-in role `user` holds both, from the migration on that brought the table. */
export const NOTE_PERMISSIONS = definePermissions('note:read', 'note:write');

declare global {
  interface PermissionCatalogue extends Defined<typeof NOTE_PERMISSIONS> {}
}
