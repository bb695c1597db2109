import { accessProblems } from '../access/index.js';
import type { LocalizedText } from '../platform/problem/index.js';
import { ADMIN_ROLE, type Role } from '../roles/index.js';

const ONLY_WHAT_YOU_HOLD: LocalizedText = {
  en: 'You may give only what you hold yourself.',
  ko: '본인이 가진 권한과 역할만 부여할 수 있습니다.',
};

/** What whoever asks for a change may do, and so may hand on. */
export interface Authority {
  /** @throws `forbidden` */
  requirePermissions(permissions: readonly string[]): void;
  /** @throws `forbidden` */
  requireGrantable(roles: readonly Role[]): void;
}

/** An operator at the command line: whoever may run it may read the database, too. */
export const OPERATOR: Authority = { requirePermissions: () => {}, requireGrantable: () => {} };

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

  requireGrantable(roles: readonly Role[]): void {
    // It will hold permissions that do not exist yet: whoever has all of today's does not have those.
    if (roles.some(({ name }) => name === ADMIN_ROLE) && !this.roles.includes(ADMIN_ROLE))
      throw accessProblems.Forbidden({ detail: ONLY_WHAT_YOU_HOLD });
    this.requirePermissions(roles.flatMap(({ permissions }) => permissions));
  }
}
