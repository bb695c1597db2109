import { Injectable } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '../platform/clock/index.js';
import { Problem } from '../platform/problem/index.js';
import { AccessDecision } from './access.decision.js';
import { AdoptedPolicies } from './adopted-policies.js';
import type { AccessPolicy } from './access-policy.js';
import type { Requirements } from './access-rule.js';
import type { Grants } from './grants.js';
import type { Principal } from './principal.js';

const NOW = 1_000_000;
const NOTHING: Requirements = { roles: [], permissions: [], policies: [] };
const REQUEST = {} as FastifyRequest;

const grants = jest.fn<Grants['grants']>();
const allows = jest.fn<AccessPolicy['allows']>();
const allowsToo = jest.fn<AccessPolicy['allows']>();

@Injectable()
class First implements AccessPolicy {
  allows = allows;
}
@Injectable()
class Second implements AccessPolicy {
  allows = allowsToo;
}
class Elsewhere implements AccessPolicy {
  allows = allows;
}
class NoPolicy {}

const provided = new Map<unknown, object>([First, Second, NoPolicy].map((one) => [one, new one()]));
const modules = {
  get(type: unknown) {
    const found = provided.get(type);
    if (!found) throw new Error('unknown');
    return found;
  },
} as unknown as ModuleRef;
const clock = { seconds: () => NOW } as Clock;

const policies = new AdoptedPolicies(modules);
const decision = new AccessDecision(policies, clock, { grants });
policies.adopt(First);
policies.adopt(Second);

function caller(given: Partial<Principal> = {}): Principal {
  const usual = { roles: ['user'], permissions: new Set<string>(), authTime: NOW, acr: 'aal1' };
  return { ...usual, ...given } as Principal;
}

/** The status, code and challenge of the answer; `allowed` where there is none. */
async function answer(asked: Partial<Requirements>, who = caller(), by = decision): Promise<unknown> {
  try {
    const verdict = await by.decide({ ...NOTHING, ...asked }, who, REQUEST);
    expect(verdict).toBe(true);
    return 'allowed';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, code } = error.definition;
    return [status, code, error.headers['WWW-Authenticate']];
  }
}

const FORBIDDEN = [403, 'forbidden', undefined];
const lacking = (scope: string) => [403, 'forbidden', `Bearer error="insufficient_scope", scope="${scope}"`];
const stepUp = (rest: string) => [
  401,
  'step_up_required',
  `Bearer error="insufficient_user_authentication", ${rest}`,
];

beforeEach(() => {
  grants.mockReset().mockReturnValue(true);
  allows.mockReset().mockReturnValue(true);
  allowsToo.mockReset().mockReturnValue(true);
});

describe('roles', () => {
  it.each([
    [[['admin']], ['admin'], 'allowed'],
    [[['admin', 'editor']], ['editor'], 'allowed'],
    [[['admin'], ['staff']], ['staff', 'admin'], 'allowed'],
    [[['admin']], [], FORBIDDEN],
    [[['admin']], ['user'], FORBIDDEN],
    [[['admin']], ['administrator', 'Admin', 'admin '], FORBIDDEN],
    [[['admin'], ['staff']], ['admin'], FORBIDDEN],
    [[['admin'], ['staff']], ['staff'], FORBIDDEN],
  ])('%j of a caller with %j', async (roles, has, expected) => {
    expect(await answer({ roles }, caller({ roles: has }))).toEqual(expected);
  });
});

describe('permissions', () => {
  const asked = { permissions: ['note:read', 'note:write'] };
  const holder = caller({ permissions: new Set(asked.permissions), roles: ['editor'] });

  it('counts what the scope names and the roles grant', async () => {
    expect(await answer(asked, holder)).toBe('allowed');
    expect(grants.mock.calls).toEqual([
      [['editor'], 'note:read'],
      [['editor'], 'note:write'],
    ]);
  });

  it.each([[[]], [['note:read']], [['note:write']], [['note', 'note:read note:write']]])(
    'RFC 6750 §3.1: a scope of %j is told all that it takes',
    async (scope) => {
      expect(await answer(asked, caller({ permissions: new Set(scope) }))).toEqual(
        lacking('note:read note:write'),
      );
    },
  );

  it.each(asked.permissions)('a token outlives the grant of %s by nothing', async (taken) => {
    grants.mockImplementation((_, permission) => permission !== taken);
    expect(await answer(asked, holder)).toEqual(lacking('note:read note:write'));
  });

  it('grants nothing while no module knows roles', async () => {
    expect(await answer(asked, holder, new AccessDecision(policies, clock))).toEqual(
      lacking('note:read note:write'),
    );
  });

  it('takes no other answer for yes', async () => {
    grants.mockReturnValue('yes' as unknown as boolean);
    expect(await answer(asked, holder)).toEqual(lacking('note:read note:write'));
  });
});

describe('step-up (RFC 9470 §3)', () => {
  it.each([
    [NOW, 'allowed'],
    [NOW - 300, 'allowed'],
    [NOW - 301, stepUp('max_age="300"')],
    [0, stepUp('max_age="300"')],
    [Number.NaN, stepUp('max_age="300"')],
  ])('max age 300 s of a sign-in at %p', async (authTime, expected) => {
    expect(await answer({ stepUp: { maxAge: 300 } }, caller({ authTime }))).toEqual(expected);
  });

  it.each([
    ['aal2', 'aal2', 'allowed'],
    ['aal1', 'aal2', 'allowed'],
    ['aal1', 'aal1', 'allowed'],
    ['aal2', 'aal1', stepUp('acr_values="aal2"')],
    ['aal1', '', stepUp('acr_values="aal1"')],
    ['aal2', 'aal3', stepUp('acr_values="aal2"')],
    ['aal2', 'AAL2', stepUp('acr_values="aal2"')],
  ] as const)('%s of a token with acr %p', async (acr, has, expected) => {
    expect(await answer({ stepUp: { acr } }, caller({ acr: has }))).toEqual(expected);
  });

  it('tells everything that one new sign-in must meet', async () => {
    const asked = { stepUp: { maxAge: 60, acr: 'aal2' } } as const;
    const all = stepUp('max_age="60", acr_values="aal2"');
    expect(await answer(asked, caller({ authTime: 0, acr: 'aal2' }))).toEqual(all);
    expect(await answer(asked, caller({ acr: 'aal1' }))).toEqual(all);
    expect(await answer(asked, caller({ acr: 'aal2' }))).toBe('allowed');
  });
});

describe('policies', () => {
  const asked = { policies: [First, Second] };

  it('all must allow, asked in order, with the caller and the request', async () => {
    const who = caller();
    expect(await answer(asked, who)).toBe('allowed');
    expect(allows.mock.calls).toEqual([[who, REQUEST]]);
    expect(allowsToo.mock.calls).toEqual([[who, REQUEST]]);
  });

  it('wait for each other', async () => {
    allows.mockResolvedValue(true);
    allowsToo.mockResolvedValue(false);
    expect(await answer(asked)).toEqual(FORBIDDEN);
    allowsToo.mockResolvedValue(true);
    expect(await answer(asked)).toBe('allowed');
  });

  it.each([false, 1, 'true', {}, undefined, null, Promise.resolve(false), Promise.resolve(1)])(
    '%p is no yes, from the first or the last',
    async (verdict) => {
      allows.mockReturnValue(verdict as boolean);
      expect(await answer(asked)).toEqual(FORBIDDEN);
      expect(allowsToo).not.toHaveBeenCalled();
      allows.mockReturnValue(true);
      allowsToo.mockReturnValue(verdict as boolean);
      expect(await answer(asked)).toEqual(FORBIDDEN);
    },
  );

  it.each([
    ['thrown', () => allows.mockImplementation(() => raise(new TypeError('a bug')))],
    ['rejected', () => allows.mockRejectedValue(new TypeError('a bug'))],
  ])('an error that is %s is no verdict', async (_, arrange) => {
    arrange();
    await expect(answer(asked)).rejects.toThrow('a bug');
  });

  it('one that was never adopted lets nobody through', async () => {
    await expect(answer({ policies: [Elsewhere] })).rejects.toThrow('Elsewhere was not adopted');
  });

  it('are adopted when the app starts, and what cannot be asked is named', () => {
    expect(policies.adopt(First)).toBeUndefined();
    expect(policies.adopt(Elsewhere)).toBe('no module provides the policy Elsewhere as a singleton');
    expect(policies.adopt(NoPolicy as never)).toBe('NoPolicy has no method allows()');
  });
});

describe('the order', () => {
  const asked: Requirements = {
    roles: [['admin']],
    permissions: ['note:read'],
    stepUp: { maxAge: 1 },
    policies: [First],
  };

  it('role, permission, step-up, policy: nobody signs in again for what is refused all the same', async () => {
    const refused: Partial<Principal> = { authTime: 0 };
    allows.mockReturnValue(false);
    expect(await answer(asked, caller(refused))).toEqual(FORBIDDEN);
    Object.assign(refused, { roles: ['admin'] });
    expect(await answer(asked, caller(refused))).toEqual(lacking('note:read'));
    Object.assign(refused, { permissions: new Set(['note:read']) });
    expect(await answer(asked, caller(refused))).toEqual(stepUp('max_age="1"'));
    expect(allows).not.toHaveBeenCalled();
    Object.assign(refused, { authTime: NOW });
    expect(await answer(asked, caller(refused))).toEqual(FORBIDDEN);
    allows.mockReturnValue(true);
    expect(await answer(asked, caller(refused))).toBe('allowed');
  });

  it('answers synchronously where every policy does', () => {
    const who = caller({ roles: ['admin'], permissions: new Set(['note:read']) });
    expect(decision.decide(asked, who, REQUEST)).toBe(true);
  });
});

function raise(error: Error): never {
  throw error;
}
