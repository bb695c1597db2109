import { Controller, Get, type ExecutionContext } from '@nestjs/common';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Problem } from '../platform/problem/index.js';
import { AccessGuard } from './access.guard.js';
import { InvalidToken, Unauthenticated } from './access.problems.js';
import type { Credential } from './access-rule.js';
import type { Authenticator } from './authenticator.js';
import type { AccessCatalogue } from './catalogue/index.js';
import type { Principal } from './principal.js';

const CALLER = Object.freeze({ userId: 'u' }) as Principal;

@Controller()
class Any {
  @Get()
  handle(): void {}
}

describe('AccessGuard', () => {
  let request: { user: unknown; refusal: unknown };
  let credential: Credential | undefined;
  const authenticate = jest.fn<Authenticator['authenticate']>();
  const catalogue = { ruleOf: () => credential && { credential } };
  const guard = new AccessGuard(catalogue as unknown as AccessCatalogue, { authenticate }, {} as never);

  function context(type = 'http'): ExecutionContext {
    return {
      getType: () => type,
      getClass: () => Any,
      getHandler: () => Any.prototype.handle,
      switchToHttp: () => ({ getRequest: () => request }),
    } as unknown as ExecutionContext;
  }

  beforeEach(() => {
    request = { user: null, refusal: null };
    credential = 'bearer';
    authenticate.mockReset().mockReturnValue(CALLER);
  });

  it.each(['rpc', 'ws', 'graphql', '', 'HTTP'])(
    'refuses a context of type %p, even to a public handler',
    (type) => {
      for (credential of ['public', 'optional', 'bearer'] as const) {
        expect(() => guard.canActivate(context(type))).toThrow('forbidden');
      }
      expect(authenticate).not.toHaveBeenCalled();
    },
  );

  it('refuses a handler that the catalogue does not know', () => {
    credential = undefined;
    expect(() => guard.canActivate(context())).toThrow('forbidden');
    expect(authenticate).not.toHaveBeenCalled();
  });

  it('lets everybody through to a public handler, and looks at no token', () => {
    credential = 'public';
    expect(guard.canActivate(context())).toBe(true);
    expect(authenticate).not.toHaveBeenCalled();
    expect(request.user).toBeNull();
  });

  it('bearer: answers synchronously for a token that is known already', () => {
    expect(guard.canActivate(context())).toBe(true);
    expect(request.user).toBe(CALLER);
  });

  it('bearer: waits for a token that is met for the first time', async () => {
    authenticate.mockResolvedValue(CALLER);
    const answer = guard.canActivate(context());
    expect(request.user).toBeNull();
    expect(await answer).toBe(true);
    expect(request.user).toBe(CALLER);
  });

  it.each([
    ['thrown', () => authenticate.mockImplementation(() => raise(InvalidToken()))],
    ['rejected', () => authenticate.mockRejectedValue(InvalidToken())],
  ])('bearer: a refusal that is %s lets nobody through', async (_, arrange) => {
    arrange();
    await expect((async () => guard.canActivate(context()))()).rejects.toThrow('invalid_token');
    expect(request.user).toBeNull();
  });

  it('optional: a genuine token names the caller', async () => {
    credential = 'optional';
    expect(await guard.canActivate(context())).toBe(true);
    expect(request).toEqual({ user: CALLER, refusal: null });
  });

  it.each([
    ['thrown', (problem: Problem) => authenticate.mockImplementation(() => raise(problem))],
    ['rejected', (problem: Problem) => authenticate.mockRejectedValue(problem)],
  ])('optional: a refusal that is %s leaves the caller anonymous, and is kept', async (_, arrange) => {
    credential = 'optional';
    const refusal = Unauthenticated();
    arrange(refusal);
    expect(await guard.canActivate(context())).toBe(true);
    expect(request).toEqual({ user: null, refusal });
  });

  it('optional: a failure that is no refusal is not taken for an anonymous caller', async () => {
    credential = 'optional';
    authenticate.mockImplementation(() => raise(new TypeError('a bug')));
    await expect(guard.canActivate(context())).rejects.toThrow('a bug');
  });
});

function raise(error: Error): never {
  throw error;
}
