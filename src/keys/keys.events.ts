import { defineEvent } from '../platform/events/index.js';

/** Signing keys were made, at the first start or after a change of `JWT_ALGORITHM`. */
export const KeysMade = defineEvent<{ readonly algorithm: string; readonly kids: readonly string[] }>(
  'keys.made',
);
