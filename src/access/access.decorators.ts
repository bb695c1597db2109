import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { AccessPolicy } from './access-policy.js';
import type { AccessDeclaration } from './access-rule.js';
import type { Permission } from './permissions.js';
import { ASSURANCE_LEVELS, parseDuration, type AssuranceLevel, type Duration } from './step-up.js';

/** The one metadata key: everything that decides access stands under it, and is read when the app starts. */
const ACCESS = 'sumun:access';

type Target = object;
type AccessDecorator = ClassDecorator & MethodDecorator;

/**
 * The route, or every route of the class, takes a genuine access token (RFC 6750 §2.1, header only).
 *
 * Answers 401 `unauthenticated` without one, `invalid_token`, `token_expired` or `token_revoked` for a
 * refused one; 503 `service_unavailable` where this node has not heard for `REVOCATION_MAX_STALENESS` what others
 * revoked. On a handler it narrows its class, whatever the class declares, except `@ClientRequired()`.
 */
export function AuthRequired(): AccessDecorator {
  return declare({ decorator: 'AuthRequired', credential: 'bearer' });
}

/**
 * The route works with and without a caller: `@CurrentUser()` gives `Principal | null`. A token that is
 * presented and refused leaves the caller anonymous; `@Refusal()` gives the reason.
 *
 * It asks nothing, so it contradicts roles, permissions, step-up and policies on the same or an outer level.
 */
export function AuthOptional(): AccessDecorator {
  return declare({ decorator: 'AuthOptional', credential: 'optional' });
}

/**
 * The route is open to everybody; no token is looked at. The only decorator with which a handler may widen
 * its class: it drops everything that the class asks.
 *
 * It contradicts every other access decorator on the same level.
 */
export function Public(): AccessDecorator {
  return declare({ decorator: 'Public', credential: 'public' });
}

/**
 * The route takes the credentials of a registered client (RFC 6749 §2.3), and no user's token. Needs a
 * `ClientAuthenticator`: without one the app does not start.
 *
 * It contradicts `@AuthRequired()`, `@AuthOptional()` and whatever implies the former, on any level.
 */
export function ClientRequired(): AccessDecorator {
  return declare({ decorator: 'ClientRequired', credential: 'client' });
}

/**
 * The caller has one of these roles at least. Implies `@AuthRequired()`.
 *
 * Of several, on one level or on class and handler, each must be met. Answers 403 `forbidden`, without a
 * challenge: no other token would help (RFC 6750 §3.1 knows only scopes).
 */
export function Roles(...anyOf: [string, ...string[]]): AccessDecorator {
  return declare({ decorator: 'Roles', credential: 'bearer', roles: anyOf, ...unless(rolesExist(anyOf)) });
}

/**
 * The caller has all of these permissions: the token's `scope` names each, and one of the caller's roles
 * grants it still. Implies `@AuthRequired()`.
 *
 * Those of class and handler add up. Answers 403 `forbidden` with `error="insufficient_scope"` and every
 * permission of the route as `scope` (RFC 6750 §3.1).
 */
export function RequirePermissions(...allOf: [Permission, ...Permission[]]): AccessDecorator {
  const named = (allOf as readonly string[]).length > 0;
  return declare({
    decorator: 'RequirePermissions',
    credential: 'bearer',
    permissions: allOf,
    ...unless(named || 'names no permission'),
  });
}

/**
 * The caller signed in recently, or strongly, enough. Implies `@AuthRequired()`.
 *
 * Of several the strictest counts: the shortest `maxAge` and the highest `acr`. Answers 401
 * `step_up_required` with `error="insufficient_user_authentication"`, `max_age` and `acr_values`
 * (RFC 9470 §3); `POST /auth/reauthenticate` renews `auth_time`.
 *
 * @param demand.maxAge how long ago the caller may have signed in: a whole number and `s`, `m`, `h` or `d`
 * @param demand.acr `aal2` asks for two factors (NIST SP 800-63B), `aal1` for one
 */
export function StepUp({ maxAge, acr }: { maxAge?: Duration; acr?: AssuranceLevel }): AccessDecorator {
  const seconds = maxAge === undefined ? undefined : parseDuration(maxAge);
  const stepUp = { ...(seconds && { maxAge: seconds }), ...(acr && { acr }) };
  const meetable =
    maxAge !== undefined && seconds === undefined
      ? `has the maxAge "${maxAge}", which is no duration such as 5m that a sign-in could be younger than`
      : acr !== undefined && !ASSURANCE_LEVELS.includes(acr)
        ? `asks for the acr "${acr as string}", which no token has (${ASSURANCE_LEVELS.join(', ')})`
        : maxAge !== undefined || acr !== undefined || 'asks for neither maxAge nor acr';
  return declare({ decorator: 'StepUp', credential: 'bearer', stepUp, ...unless(meetable) });
}

/**
 * A further check of one's own, an injectable class with `allows(principal, request)`. Implies
 * `@AuthRequired()`.
 *
 * Of several all must allow; they are asked last, those of the class first. Answers 403 `forbidden` unless
 * `allows` returns `true`.
 */
export function Policy(policy: Type<AccessPolicy>): AccessDecorator {
  const meetable = typeof policy === 'function' || 'names no class';
  return declare({ decorator: 'Policy', credential: 'bearer', policy, ...unless(meetable) });
}

/** As one word of a line of `access.lock`, which separates alternatives by `|`. */
const ROLE = /^[^\s,|="\\]+$/;

function rolesExist(roles: readonly string[]): true | string {
  if (roles.length === 0) return 'names no role';
  return (
    roles.every((role) => ROLE.test(role)) || `names ${JSON.stringify(roles)}, which no roles are called`
  );
}

function unless(meetable: true | string): { unmeetable?: string } {
  return meetable === true ? {} : { unmeetable: `${meetable}: nobody could meet it` };
}

function declare(declaration: AccessDeclaration): AccessDecorator {
  return (target: Target, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    add((descriptor?.value ?? target) as Target);
    // A decorator further up may put another function in this one's place, and carry nothing over.
    if (key !== undefined) add(target, key);
  };

  function add(holder: Target, key?: string | symbol): void {
    // Decorators are applied from the lowest up: in front, so that the list reads as it is written.
    Reflect.defineMetadata(ACCESS, [declaration, ...declarationsOn(holder, key)], holder, key!);
  }
}

/** What stands on this class or handler itself, or on this class's member of that name; inherited declarations apart. */
export function declarationsOn(target: Target, key?: string | symbol): readonly AccessDeclaration[] {
  return (Reflect.getOwnMetadata(ACCESS, target, key!) as AccessDeclaration[] | undefined) ?? [];
}
