import { defineEvent } from '../platform/events/index.js';

/** By an administrator; who registers, or is made at the command line, is told of by `auth`. */
export const UserCreated = defineEvent<{ readonly roles: readonly string[] }>('users.created');

/** By somebody else; the names are nobody's affair afterwards. */
export const UserRenamed = defineEvent('users.renamed');

export const UserRolesChanged = defineEvent<{
  readonly added: readonly string[];
  readonly removed: readonly string[];
}>('users.roles_changed');

export const UserDisabled = defineEvent('users.disabled');

export const UserEnabled = defineEvent('users.enabled');

export const UserDeleted = defineEvent('users.deleted');
