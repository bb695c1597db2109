import { defineEvent } from '../platform/events/index.js';

export const RoleCreated = defineEvent<{ readonly role: string; readonly permissions: readonly string[] }>(
  'roles.created',
);

export const RoleChanged = defineEvent<{
  readonly role: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}>('roles.changed');

export const RoleDeleted = defineEvent<{ readonly role: string }>('roles.deleted');
