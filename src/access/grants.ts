/**
 * The port through which the guard learns what roles grant at this moment: a token's `scope` is as old as the
 * token. `access` owns it; the module that knows roles binds it, globally. Until it is bound nothing is
 * granted.
 */
export abstract class Grants {
  /** Whether one of these roles grants the permission now. Answered from memory: the guard waits for nothing. */
  abstract grants(roles: readonly string[], permission: string): boolean;
}
