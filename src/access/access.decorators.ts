import 'reflect-metadata';
import type { AccessDeclaration, Credential } from './access-rule.js';

/** The one metadata key: everything that decides access stands under it, and is read when the app starts. */
const ACCESS = 'sumun:access';

type Target = object;

/**
 * The route, or every route of the class, takes a genuine access token (RFC 6750 §2.1, header only).
 *
 * Answers 401 `unauthenticated` without one, `invalid_token`, `token_expired` or `token_revoked` for a
 * refused one. On a handler it narrows its class, whatever the class declares.
 */
export function AuthRequired(): ClassDecorator & MethodDecorator {
  return declare('AuthRequired', 'bearer');
}

/**
 * The route works with and without a caller: `@CurrentUser()` gives `Principal | null`. A token that is
 * presented and refused leaves the caller anonymous; `@Refusal()` gives the reason.
 */
export function AuthOptional(): ClassDecorator & MethodDecorator {
  return declare('AuthOptional', 'optional');
}

/** The route is open to everybody; no token is looked at. The only decorator with which a handler may widen its class. */
export function Public(): ClassDecorator & MethodDecorator {
  return declare('Public', 'public');
}

function declare(decorator: string, credential: Credential): ClassDecorator & MethodDecorator {
  return (target: Target, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    add((descriptor?.value ?? target) as Target);
    // A decorator further up may put another function in this one's place, and carry nothing over.
    if (key !== undefined) add(target, key);
  };

  function add(holder: Target, key?: string | symbol): void {
    const declared = [...declarationsOn(holder, key), { decorator, credential }];
    Reflect.defineMetadata(ACCESS, declared, holder, key!);
  }
}

/** What stands on this class or handler itself, or on this class's member of that name; inherited declarations apart. */
export function declarationsOn(target: Target, key?: string | symbol): readonly AccessDeclaration[] {
  return (Reflect.getOwnMetadata(ACCESS, target, key!) as AccessDeclaration[] | undefined) ?? [];
}
