declare global {
  /**
   * Every permission that `@RequirePermissions()` may name. Each feature adds its own, beside the line that
   * defines them; see {@link definePermissions}.
   */
  interface PermissionCatalogue extends Record<never, true> {}
}

/** A permission as it is spelt: what is touched, and what is done to it. */
export type PermissionName = `${string}:${string}`;

/** A permission that a feature of this program has defined: anything else does not compile. */
export type Permission = Extract<keyof PermissionCatalogue, string>;

/** What a list from {@link definePermissions} adds to the `PermissionCatalogue`. */
export type Defined<Names extends readonly string[]> = { readonly [Name in Names[number]]: true };

/** Safe in `scope` (RFC 6749 §3.3) and in a quoted challenge: no space, quote or backslash. */
const PERMISSION = /^[a-z][a-z0-9_-]*:[a-z][a-z0-9_-]*$/;

const defined = new Set<string>();

/**
 * Defines the permissions of a feature, for the running app and, with the line after it, for the compiler:
 *
 * ```ts
 * export const NOTE_PERMISSIONS = definePermissions('note:read', 'note:write');
 * declare global { interface PermissionCatalogue extends Defined<typeof NOTE_PERMISSIONS> {} }
 * ```
 *
 * @throws Error at import, so that the app does not start, for a malformed name and for one that is defined
 *   already: two features would grant each other's.
 */
export function definePermissions<const Names extends readonly PermissionName[]>(...names: Names): Names {
  for (const name of names) {
    if (!PERMISSION.test(name)) {
      throw new Error(`Permission "${name}" is not resource:action, in lower case.`);
    }
    if (defined.has(name)) {
      throw new Error(`Permission "${name}" is defined twice. Import the first definition instead.`);
    }
    defined.add(name);
  }
  return names;
}

/** Every permission that the loaded modules define, in order. */
export function definedPermissions(): string[] {
  return [...defined].sort();
}

export function isDefinedPermission(name: string): boolean {
  return defined.has(name);
}
