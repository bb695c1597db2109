import { describe, expect, it } from '@jest/globals';
import { Problem } from '../platform/problem/index.js';
import type { Role } from '../roles/index.js';
import { HeldAuthority, OPERATOR, type Authority } from './authority.js';

function role(name: string, ...permissions: string[]): Role {
  return { name, permissions, builtIn: false, createdAt: new Date(0) };
}

const ADMIN = role('admin', 'user:read', 'user:write');

/** Undefined where it is allowed. */
function refusal(ask: () => void): { code: string; scope: string | undefined } | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    const { definition, headers, detail } = error as Problem;
    expect(detail.en).toBe(
      'You may give or take only what you hold yourself, and change nobody who holds more.',
    );
    return { code: definition.code, scope: /scope="(.*)"/.exec(headers['WWW-Authenticate'] ?? '')?.[1] };
  }
}

const granting = (authority: Authority, ...roles: Role[]) => refusal(() => authority.requireRoles(roles));
const giving = (authority: Authority, ...permissions: string[]) =>
  refusal(() => authority.requirePermissions(permissions));

describe('somebody who holds roles and permissions', () => {
  const clerk = new HeldAuthority(['user', 'clerk'], ['role:read', 'user:read']);

  it.each<[string[]]>([[[]], [['user:read']], [['user:read', 'role:read']], [['user:read', 'user:read']]])(
    'gives what is held: %j',
    (permissions) => {
      expect(giving(clerk, ...permissions)).toBeUndefined();
    },
  );

  it.each<[string[], string]>([
    [['user:write'], 'user:write'],
    [['user:read', 'user:write'], 'user:write'],
    [['user:write', 'session:write', 'user:write'], 'session:write user:write'],
    [['user'], 'user'],
    [['user:read user:write'], 'user:read user:write'],
  ])('privilege escalation: gives nothing of %j, and is told %s is lacking', (permissions, scope) => {
    expect(giving(clerk, ...permissions)).toEqual({ code: 'forbidden', scope });
  });

  it('grants a role that grants nothing more than is held, whether the role itself is held or not', () => {
    expect(granting(clerk)).toBeUndefined();
    expect(granting(clerk, role('empty'), role('reader', 'user:read'))).toBeUndefined();
  });

  it('the role that everybody gets puts nobody above anybody', () => {
    expect(granting(clerk, role('user', 'note:write'))).toBeUndefined();
    expect(giving(clerk, 'note:write')).toEqual({ code: 'forbidden', scope: 'note:write' });
  });

  it('privilege escalation: grants none that grants more, also not one that it holds itself, nor among others', () => {
    const stronger = role('clerk', 'user:read', 'user:write');
    for (const roles of [[stronger], [role('empty'), stronger], [stronger, role('reader', 'user:read')]])
      expect(granting(clerk, ...roles)).toEqual({ code: 'forbidden', scope: 'user:write' });
  });

  it('privilege escalation: whoever holds every permission of today is no admin, and makes none', () => {
    const strong = new HeldAuthority(['strong'], ADMIN.permissions);
    expect(giving(strong, ...ADMIN.permissions)).toBeUndefined();
    expect(granting(strong, ADMIN)).toEqual({ code: 'forbidden', scope: undefined });
    expect(granting(strong, role('reader', 'user:read'), ADMIN)).toEqual({
      code: 'forbidden',
      scope: undefined,
    });
  });

  it('privilege escalation: the name alone makes nobody admin', () => {
    const renamed = new HeldAuthority(['Admin', 'admin ', 'administrator'], ADMIN.permissions);
    expect(granting(renamed, ADMIN)?.code).toBe('forbidden');
    expect(granting(new HeldAuthority(['admin'], []), ADMIN)).toEqual({
      code: 'forbidden',
      scope: 'user:read user:write',
    });
  });

  it('an admin makes admins', () => {
    expect(granting(new HeldAuthority(['admin'], ADMIN.permissions), ADMIN)).toBeUndefined();
  });
});

it('an operator at the command line gives everything: the first admin comes from there', () => {
  expect(granting(OPERATOR, ADMIN)).toBeUndefined();
  expect(giving(OPERATOR, 'user:write')).toBeUndefined();
});
