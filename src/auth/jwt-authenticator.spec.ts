import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import { accessProblems, type Principal } from '../access/index.js';
import { Problem } from '../platform/problem/index.js';
import type { VerifiedTokens } from '../tokens/index.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import type { JwtStrategy } from './jwt.strategy.js';

const CALLER = { userId: 'u' } as Principal;
const { InvalidToken, TokenExpired, TokenRevoked, Unauthenticated } = accessProblems;

function contextOf(request: object): ExecutionContext {
  return {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
  } as unknown as ExecutionContext;
}

function authenticator(known: Record<string, Principal> = {}) {
  const recall = jest.fn((token: string) => known[token]);
  const made = new JwtAuthenticator({ recall } as unknown as VerifiedTokens, { name: 'jwt' } as JwtStrategy);
  const strategy = jest.spyOn(made, 'canActivate');
  return { made, recall, strategy };
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('authenticate', () => {
  it('answers at once for a remembered token, without the strategy', () => {
    const { made, strategy } = authenticator({ abc: CALLER });
    expect(made.authenticate(contextOf({ headers: { authorization: 'bearer abc' } }))).toBe(CALLER);
    expect(strategy).not.toHaveBeenCalled();
  });

  it('asks the memory for the whole token, as it stands behind the scheme', () => {
    const { made, recall, strategy } = authenticator();
    strategy.mockResolvedValue(true);
    void made.authenticate(contextOf({ headers: { authorization: 'Bearer abc def ' } }));
    expect(recall).toHaveBeenCalledWith('abc def ');
  });

  it('goes through the strategy for a token that is not remembered', async () => {
    const { made, strategy } = authenticator();
    const request = { headers: { authorization: 'Bearer abc', cookie: 'a=b' } };
    const shown: object[] = [];
    strategy.mockImplementation(async (context) => {
      const given = context.switchToHttp().getRequest<{ headers: object; user?: Principal }>();
      shown.push({ ...given });
      given.user = CALLER;
      return true;
    });
    expect(await made.authenticate(contextOf(request))).toBe(CALLER);
    // The token, and nothing else of the request, which stays as it was.
    expect(shown).toEqual([{ headers: { authorization: 'Bearer abc' } }]);
    expect(Object.keys(request)).toEqual(['headers']);
  });

  it('RFC 6750 §2.1: takes no other spelling of a token that is asked about', async () => {
    const { made, strategy } = authenticator();
    strategy.mockResolvedValue(true);
    await expect(made.verify(' abc')).rejects.toThrow('invalid_token');
    expect(strategy).not.toHaveBeenCalled();
  });

  it('without a token refuses before anything is asked', () => {
    const { made, recall, strategy } = authenticator();
    expect(() => made.authenticate(contextOf({ headers: {} }))).toThrow('unauthenticated');
    expect(recall).not.toHaveBeenCalled();
    expect(strategy).not.toHaveBeenCalled();
  });

  it.each(['query', 'body', 'cookies'])('RFC 6750 §2: takes no token from the %s', (place) => {
    const { made } = authenticator({ abc: CALLER });
    const request = {
      headers: {},
      [place]: { access_token: 'abc', token: 'abc', authorization: 'Bearer abc' },
    };
    expect(() => made.authenticate(contextOf(request))).toThrow('unauthenticated');
  });
});

describe('handleRequest', () => {
  const { made } = authenticator();
  const broken = new TypeError('a bug');

  it.each([
    ['a caller', [null, CALLER, undefined], CALLER],
    ['a caller and some info', [undefined, CALLER, { message: 'x' }], CALLER],
  ])('%s is handed on', (_, [error, user, info], expected) => {
    expect(made.handleRequest(error, user as Principal, info)).toBe(expected);
  });

  it.each<[string, unknown, unknown, unknown, string]>([
    ['a refusal that validate threw', TokenExpired(), false, undefined, 'token_expired'],
    ['a refusal that the key provider gave', null, false, TokenRevoked(), 'token_revoked'],
    ['a refusal beside a caller', TokenRevoked(), CALLER, undefined, 'token_revoked'],
    ['a missing token', null, false, Unauthenticated(), 'unauthenticated'],
    ['both', TokenExpired(), false, InvalidToken(), 'token_expired'],
    ["a library's refusal", null, false, new Error('invalid signature'), 'invalid_token'],
    ['nothing at all', null, false, undefined, 'invalid_token'],
    ['undefined for a caller', undefined, undefined, null, 'invalid_token'],
  ])('%s is refused', (_, error, user, info, code) => {
    const refusal = outcome(() => made.handleRequest(error, user as false, info));
    expect(refusal).toBeInstanceOf(Problem);
    expect((refusal as Problem).definition.code).toBe(code);
  });

  it('a failure that is no refusal stays one: it is logged and answered 500, not taken for a bad token', () => {
    expect(outcome(() => made.handleRequest(broken, false, undefined))).toBe(broken);
    expect(outcome(() => made.handleRequest(broken, CALLER as never, undefined))).toBe(broken);
  });

  it("keeps the library's reason for the log, not for the caller", () => {
    const reason = new Error('invalid signature');
    const refusal = outcome(() => made.handleRequest(null, false, reason)) as Problem;
    expect(refusal.cause).toBe(reason);
    expect(refusal.errors).toBeUndefined();
  });
});
