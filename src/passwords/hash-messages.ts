import type { Options } from '@node-rs/argon2';

/** What a thread is asked for. */
export type HashJob =
  | { readonly kind: 'hash'; readonly password: string; readonly options: Options }
  | { readonly kind: 'verify'; readonly password: string; readonly hashed: string };

/** What it answers. */
export type HashAnswer =
  { readonly value: string | boolean; readonly error?: undefined } | { readonly error: Error };
