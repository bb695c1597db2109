import { definedPermissions } from '../access/index.js';

/** The role that everybody who registers is given. */
export const DEFAULT_ROLE = 'user';

/** Holds every permission that exists, those of features added later too; it cannot be changed. */
export const ADMIN_ROLE = 'admin';

/** A named set of permissions. */
export interface Role {
  readonly name: string;
  /** There from the first migration on; it cannot be deleted. */
  readonly builtIn: boolean;
  /** Those that it grants, in order. */
  readonly permissions: readonly string[];
  readonly createdAt: Date;
}

export const ROLE_NAME_MAX_LENGTH = 64;

/** One word of a scope-like list, of `access.lock` and of a path. */
export function hasRoleNameForm(name: string): boolean {
  return /^[a-z][a-z0-9_-]*$/.test(name);
}

/**
 * What roles grant together, in order. A permission that no feature defines any more is granted by nobody: its
 * name may come back with another meaning.
 *
 * @param stored what the database says of them
 */
export function permissionsGranted(roles: readonly string[], stored: readonly string[]): string[] {
  const defined = definedPermissions();
  return roles.includes(ADMIN_ROLE) ? defined : defined.filter((permission) => stored.includes(permission));
}

/** An access token travels with every request, and servers bound their headers: `scope` has at most 2 KiB, but for admins. */
export const SCOPE_LIMIT_BYTES = 2048;

export function fitsScope(permissions: readonly string[]): boolean {
  return Buffer.byteLength(permissions.join(' ')) <= SCOPE_LIMIT_BYTES;
}
