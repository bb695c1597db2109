import { defineEvent } from '../platform/events/index.js';

/** Signing keys were made, at the first start or after a change of `JWT_ALGORITHM`. */
export const KeysMade = defineEvent<{ readonly algorithm: string; readonly kids: readonly string[] }>(
  'keys.made',
);

/** Which key signs was changed, by schedule or by an operator. */
export const KeysRotated = defineEvent<{
  /** Null with `HS256`, where the shared secret signs. */
  readonly signs: string | null;
  /** Made, and published to sign after that. */
  readonly next: string | null;
  /** These verify what they signed, and sign no more. */
  readonly retired: readonly string[];
}>('keys.rotated');

/** An operator took a key out: what it signed is refused. */
export const KeysRevoked = defineEvent<{
  readonly kid: string;
  readonly stage: string;
  /** The key that signs in its place; null where another did already. */
  readonly signs: string | null;
}>('keys.revoked');

/** Private halves were sealed anew, under the `SECRET_KEY` of now. */
export const KeysRewrapped = defineEvent<{ readonly kids: readonly string[] }>('keys.rewrapped');
