import { describe, expect, it } from '@jest/globals';
import {
  AuthOptional,
  AuthRequired,
  declarationsOn,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
} from './access.decorators.js';
import { definePermissions, definedPermissions, type Defined, type PermissionName } from './permissions.js';

const _DEED_PERMISSIONS = definePermissions('deed:write', 'deed:read');
declare global {
  interface PermissionCatalogue extends Defined<typeof _DEED_PERMISSIONS> {}
}

function Note(): MethodDecorator & ClassDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    Reflect.defineMetadata('note', true, (descriptor?.value ?? target) as object);
  };
}

@AuthRequired()
class Parent {
  @Public()
  open(): void {}

  @AuthOptional()
  @Note()
  first(): void {}

  @Note()
  @AuthOptional()
  last(): void {}

  @Public()
  @AuthRequired()
  both(): void {}

  silent(): void {}
}

class Child extends Parent {
  override open(): void {}
}

const credentials = (target: object) => declarationsOn(target).map(({ credential }) => credential);

describe('the access decorators', () => {
  it('declare on what they stand on, each under its own name', () => {
    expect(declarationsOn(Parent)).toEqual([{ decorator: 'AuthRequired', credential: 'bearer' }]);
    expect(declarationsOn(Parent.prototype.open)).toEqual([{ decorator: 'Public', credential: 'public' }]);
    expect(declarationsOn(Parent.prototype.silent)).toEqual([]);
  });

  it('mean the same above and below another decorator', () => {
    expect(credentials(Parent.prototype.first)).toEqual(['optional']);
    expect(declarationsOn(Parent.prototype.first)).toEqual(declarationsOn(Parent.prototype.last));
  });

  it('merge: a second one on the same handler hides none', () => {
    expect(credentials(Parent.prototype.both).sort()).toEqual(['bearer', 'public']);
  });

  it('a class does not take over what its parent declares: the levels are told apart', () => {
    expect(declarationsOn(Child)).toEqual([]);
  });

  it('an overriding handler does not inherit the opening of the one that it replaces', () => {
    expect(declarationsOn(Child.prototype.open)).toEqual([]);
  });

  it('a declaration on a child leaves its parent and its siblings alone', () => {
    @Public()
    class Sibling extends Parent {}
    expect(credentials(Sibling)).toEqual(['public']);
    expect(credentials(Parent)).toEqual(['bearer']);
    expect(credentials(Child)).toEqual([]);
  });
});

describe('permissions', () => {
  it('are known to the running app, in order', () => {
    expect(definedPermissions()).toEqual(['deed:read', 'deed:write']);
  });

  it.each(['deed', 'deed:', ':read', 'Deed:read', 'deed:read:all', 'deed:r d', 'deed:"', 'deed:\\\\', '1:a'])(
    'RFC 6749 §3.3: %p is refused, for a scope or a challenge would not hold it',
    (name) => {
      expect(() => definePermissions(name as PermissionName)).toThrow('is not resource:action');
    },
  );

  it('one that is defined already is refused: two features would grant each other’s', () => {
    expect(() => definePermissions('deed:read')).toThrow('"deed:read" is defined twice');
  });

  it('one that no feature defines does not compile', () => {
    // @ts-expect-error nobody defines it
    RequirePermissions('deed:shred');
    // @ts-expect-error no permission at all
    RequirePermissions();
    expect(RequirePermissions('deed:read')).toBeInstanceOf(Function);
  });
});

describe('what no caller could ever meet is told, for the start to report', () => {
  const loose = { Roles, StepUp, Policy } as unknown as Record<
    string,
    (...given: unknown[]) => ClassDecorator
  >;

  it.each([
    ['Roles', [], 'names no role'],
    ['Roles', ['a b'], 'which no roles are called'],
    ['Roles', ['a|b'], 'which no roles are called'],
    ['Roles', ['admin', ''], 'which no roles are called'],
    ['StepUp', [{}], 'asks for neither'],
    ['StepUp', [{ maxAge: '0s' }], 'is no duration'],
    ['StepUp', [{ maxAge: '5' }], 'is no duration'],
    ['StepUp', [{ maxAge: '-5m' }], 'is no duration'],
    ['StepUp', [{ maxAge: '1.5h' }], 'is no duration'],
    ['StepUp', [{ maxAge: '' }], 'is no duration'],
    ['StepUp', [{ acr: 'aal3' }], 'which no token has'],
    ['StepUp', [{ maxAge: '5m', acr: '' }], 'which no token has'],
    ['Policy', [undefined], 'names no class'],
  ])('%s(%j)', (name, given, reason) => {
    class Holder {}
    loose[name]!(...given)(Holder);
    expect(declarationsOn(Holder)[0]!.unmeetable).toContain(reason);
  });

  it('and nothing where one could', () => {
    @Roles('admin')
    @StepUp({ maxAge: '90d', acr: 'aal1' })
    class Holder {}
    expect(declarationsOn(Holder).map(({ unmeetable }) => unmeetable)).toEqual([undefined, undefined]);
  });
});
