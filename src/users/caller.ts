import { permissionsGranted } from '../roles/index.js';

/** What an access token tells of its user, read by one statement so that it belongs together. */
export interface Caller {
  readonly id: string;
  readonly version: number;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The roles of the user in a row of `users`, in order. */
export const ROLES_OF_USER =
  'ARRAY(SELECT held.role FROM user_roles AS held WHERE held.user_id = users.id ORDER BY held.role)';

/** The columns of a `CallerRow`, for whatever statement has `users` among its tables. */
export const CALLER_COLUMNS = `
    users.id AS "userId", users.version, ${ROLES_OF_USER} AS roles,
    ARRAY(
      SELECT DISTINCT granted.permission
      FROM user_roles AS held JOIN role_permissions AS granted ON granted.role = held.role
      WHERE held.user_id = users.id ORDER BY granted.permission
    ) AS permissions`;

export interface CallerRow {
  readonly userId: string;
  readonly version: number;
  readonly roles: readonly string[];
  /** As they are stored. */
  readonly permissions: readonly string[];
}

export function callerOf({ userId, version, roles, permissions }: CallerRow): Caller {
  return { id: userId, version, roles, permissions: permissionsGranted(roles, permissions) };
}
