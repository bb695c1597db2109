import { accessProblems } from '../access/index.js';
import type { LocalizedText } from '../platform/problem/index.js';
import { ADMIN_ROLE, DEFAULT_ROLE, type Role } from '../roles/index.js';

const ONLY_WHAT_YOU_HOLD: LocalizedText = {
  en: 'You may give or take only what you hold yourself, and change nobody who holds more.',
  ko: '본인이 가진 권한과 역할만 부여하거나 회수할 수 있으며, 더 많은 권한을 가진 사용자는 변경할 수 없습니다.',
};

/**
 * What whoever asks for a change may do, and so may give and take: taking is guarded as giving is, or a user manager
 * would disarm those who watch over it.
 */
export interface Authority {
  /** For a role that holds these permissions, or is to. @throws `forbidden` */
  requirePermissions(permissions: readonly string[]): void;
  /** For somebody who holds these roles, or is to. @throws `forbidden` */
  requireRoles(roles: readonly Role[]): void;
}

/** An operator at the command line: whoever may run it may read the database, too. */
export const OPERATOR: Authority = { requirePermissions: () => {}, requireRoles: () => {} };

/** Somebody who holds these roles and these permissions at this moment, whatever the access token says. */
export class HeldAuthority implements Authority {
  constructor(
    private readonly roles: readonly string[],
    private readonly permissions: readonly string[],
  ) {}

  requirePermissions(permissions: readonly string[]): void {
    const missing = permissions.filter((permission) => !this.permissions.includes(permission));
    if (missing.length > 0) throw accessProblems.InsufficientScope(missing, ONLY_WHAT_YOU_HOLD);
  }

  requireRoles(roles: readonly Role[]): void {
    // It will hold permissions that do not exist yet: whoever has all of today's does not have those.
    if (roles.some(({ name }) => name === ADMIN_ROLE) && !this.roles.includes(ADMIN_ROLE))
      throw accessProblems.Forbidden({ detail: ONLY_WHAT_YOU_HOLD });
    // What everybody gets by registering puts nobody above anybody.
    const powers = roles.filter(({ name }) => name !== DEFAULT_ROLE);
    this.requirePermissions(powers.flatMap(({ permissions }) => permissions));
  }
}
