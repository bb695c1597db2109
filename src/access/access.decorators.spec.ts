import { describe, expect, it } from '@jest/globals';
import { AuthOptional, AuthRequired, declarationsOn, Public } from './access.decorators.js';

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
