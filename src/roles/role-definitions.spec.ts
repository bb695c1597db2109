import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../platform/clock/index.js';
import type { Database } from '../platform/database/index.js';
import { Events } from '../platform/events/index.js';
import { RoleDefinitions } from './role-definitions.js';
import type { Role } from './role.js';
import type { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';

function role(name: string, ...permissions: string[]): Role {
  return { name, permissions, builtIn: false, createdAt: new Date(0) };
}

/** What the role `desk` grants, of two permissions. */
const ofDesk = (definitions: RoleDefinitions) =>
  ['user:read', 'user:write'].filter((permission) => definitions.grants(['desk'], permission));

describe('what roles grant, in memory', () => {
  it('is nothing until it is loaded, and nothing for a role that is not there', () => {
    const definitions = new RoleDefinitions();
    expect(definitions.grants(['admin', 'user'], 'user:read')).toBe(false);
    definitions.replaceAll([role('desk', 'user:read')]);
    expect(definitions.grants(['desk'], 'user:read')).toBe(true);
    for (const roles of [[], ['other'], ['Desk'], ['desk '], ['constructor'], ['__proto__']])
      expect(definitions.grants(roles, 'user:read')).toBe(false);
    for (const permission of ['user:write', 'user', '', 'constructor', 'size'])
      expect(definitions.grants(['desk'], permission)).toBe(false);
  });

  it('is what any one of the roles grants', () => {
    const definitions = new RoleDefinitions();
    definitions.replaceAll([role('desk', 'user:read'), role('clerk', 'user:write')]);
    expect(definitions.grants(['desk', 'clerk'], 'user:write')).toBe(true);
  });

  it('is replaced whole: a role that is gone grants nothing', () => {
    const definitions = new RoleDefinitions();
    definitions.replaceAll([role('desk', 'user:read')]);
    definitions.replaceAll([role('clerk', 'user:read')]);
    expect(ofDesk(definitions)).toEqual([]);
  });

  it('is not changed along with the list that it was made from', () => {
    const definitions = new RoleDefinitions();
    const permissions = ['user:read'];
    definitions.replaceAll([{ ...role('desk'), permissions }]);
    permissions.push('user:write');
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });

  it('order of commits: the answer to an older one that comes later changes nothing', () => {
    const definitions = new RoleDefinitions();
    const [older, newer] = [definitions.takeTurn(), definitions.takeTurn()];
    definitions.apply(newer, 'desk', ['user:write']);
    definitions.apply(older, 'desk', ['user:read']);
    expect(ofDesk(definitions)).toEqual(['user:write']);
  });

  it('order of commits: a role that was deleted does not come back with an older change', () => {
    const definitions = new RoleDefinitions();
    definitions.replaceAll([role('desk', 'user:write')]);
    const [changed, deleted] = [definitions.takeTurn(), definitions.takeTurn()];
    definitions.apply(deleted, 'desk', undefined);
    definitions.apply(changed, 'desk', ['user:read']);
    expect(ofDesk(definitions)).toEqual([]);
  });

  it('order of commits: a role that was made anew is not deleted by the older deletion', () => {
    const definitions = new RoleDefinitions();
    const [deleted, made] = [definitions.takeTurn(), definitions.takeTurn()];
    definitions.apply(made, 'desk', ['user:read']);
    definitions.apply(deleted, 'desk', undefined);
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });

  it('order of commits: roles do not overtake each other', () => {
    const definitions = new RoleDefinitions();
    const [ofOne, ofOther] = [definitions.takeTurn(), definitions.takeTurn()];
    definitions.apply(ofOther, 'clerk', ['user:read']);
    definitions.apply(ofOne, 'desk', ['user:read']);
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });
});

describe('load', () => {
  /** A database whose answers a test gives one by one. */
  function loading() {
    const definitions = new RoleDefinitions();
    const answers: ((roles: Role[]) => void)[] = [];
    const failures: ((error: Error) => void)[] = [];
    const repository = {
      all: () =>
        new Promise<Role[]>((resolve, reject) => {
          answers.push(resolve);
          failures.push(reject);
        }),
    } as unknown as RolesRepository;
    const roles = new RolesService({} as Database, repository, definitions, new Events(), {} as Clock);
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    return { definitions, roles, answers, failures, settle };
  }

  it('puts what it read in the place of what was known', async () => {
    const { definitions, roles, answers } = loading();
    const loaded = roles.load();
    answers[0]!([role('desk', 'user:read')]);
    await loaded;
    expect([ofDesk(definitions), answers.length]).toEqual([['user:read'], 1]);
  });

  it('race: what was read before a change is not put over it, but read again', async () => {
    const { definitions, roles, answers, settle } = loading();
    const loaded = roles.load();
    definitions.apply(definitions.takeTurn(), 'desk', ['user:write']);
    answers[0]!([role('desk', 'user:read')]);
    await settle();
    expect(ofDesk(definitions)).toEqual(['user:write']);
    answers[1]!([role('desk', 'user:write')]);
    await loaded;
    expect([ofDesk(definitions), answers.length]).toEqual([['user:write'], 2]);
  });

  it('race: a role that was deleted while it was read does not come back', async () => {
    const { definitions, roles, answers, settle } = loading();
    const loaded = roles.load();
    definitions.apply(definitions.takeTurn(), 'desk', undefined);
    answers[0]!([role('desk', 'user:read')]);
    await settle();
    expect(ofDesk(definitions)).toEqual([]);
    answers[1]!([]);
    await loaded;
    expect(ofDesk(definitions)).toEqual([]);
  });

  it('race: of two loads, the older answer is not put over the newer one', async () => {
    const { definitions, roles, answers, settle } = loading();
    const loads = [roles.load(), roles.load()];
    // Another node took the permission away between the two reads.
    answers[1]!([role('desk')]);
    await settle();
    answers[0]!([role('desk', 'user:read')]);
    await settle();
    expect(ofDesk(definitions)).toEqual([]);
    answers[2]!([role('desk')]);
    await Promise.all(loads);
    expect(ofDesk(definitions)).toEqual([]);
  });

  it('that fails leaves what was known', async () => {
    const { definitions, roles, failures } = loading();
    definitions.replaceAll([role('desk', 'user:read')]);
    const loaded = roles.load();
    failures[0]!(new Error('the database is away'));
    await expect(loaded).rejects.toThrow('away');
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });
});
