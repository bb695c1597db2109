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

  it('memory: fifty thousand roles made and deleted leave little behind, and none comes back', () => {
    const definitions = new RoleDefinitions();
    const late = definitions.takeTurn();
    for (let n = 0; n < 50_000; n += 1) {
      definitions.apply(definitions.takeTurn(), `role${n}`, ['user:read']);
      definitions.apply(definitions.takeTurn(), `role${n}`, undefined);
    }
    const held = Object.values(definitions).filter((value) => value instanceof Map);
    expect(held.reduce((sum, { size }) => sum + size, 0)).toBe(1_000);
    for (const name of ['role0', 'role49999']) {
      definitions.apply(late, name, ['user:read']);
      expect(definitions.grants([name], 'user:read')).toBe(false);
    }
    definitions.apply(definitions.takeTurn(), 'role0', ['user:read']);
    expect(definitions.grants(['role0'], 'user:read')).toBe(true);
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
    const stored = { version: 1 };
    const repository = {
      version: async () => stored.version,
      all: () =>
        new Promise<Role[]>((resolve, reject) => {
          answers.push(resolve);
          failures.push(reject);
        }),
    } as unknown as RolesRepository;
    const roles = new RolesService({} as Database, repository, definitions, new Events(), {} as Clock);
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    return { definitions, roles, answers, failures, stored, settle };
  }

  it('puts what it read in the place of what was known', async () => {
    const { definitions, roles, answers, settle } = loading();
    const loaded = roles.load();
    await settle();
    answers[0]!([role('desk', 'user:read')]);
    await loaded;
    expect([ofDesk(definitions), answers.length]).toEqual([['user:read'], 1]);
  });

  it('race: what was read before a change is not put over it, but read again', async () => {
    const { definitions, roles, answers, settle } = loading();
    const loaded = roles.load();
    await settle();
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
    await settle();
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
    await settle();
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

  it('reads no role again until one has changed', async () => {
    const { definitions, roles, answers, stored, settle } = loading();
    const loaded = roles.loadChanged();
    await settle();
    answers[0]!([role('desk', 'user:read')]);
    await loaded;
    for (let n = 0; n < 3; n += 1) await roles.loadChanged();
    expect(answers.length).toBe(1);
    // Lower, too: after a restore from a backup.
    for (const version of [2, 1]) {
      stored.version = version;
      const again = roles.loadChanged();
      await settle();
      answers.at(-1)!([role('desk')]);
      await again;
    }
    expect([ofDesk(definitions), answers.length]).toEqual([[], 3]);
  });

  it('race: a role that changes between the version and the roles is read once more', async () => {
    const { roles, answers, stored, settle } = loading();
    const loaded = roles.load();
    await settle();
    stored.version = 2;
    answers[0]!([role('desk')]);
    await loaded;
    const again = roles.loadChanged();
    await settle();
    expect(answers.length).toBe(2);
    answers[1]!([role('desk')]);
    await again;
  });

  it('gives up where changes overtake it again and again, and the next one reads them', async () => {
    const { definitions, roles, answers, settle } = loading();
    const failed = roles.load().catch((error: Error) => error.message);
    for (let n = 0; n < 5; n += 1) {
      await settle();
      definitions.apply(definitions.takeTurn(), 'desk', ['user:write']);
      answers[n]!([role('desk', 'user:read')]);
    }
    expect(await failed).toBe('Roles changed while they were read, 5 times in a row.');
    expect([ofDesk(definitions), answers.length]).toEqual([['user:write'], 5]);
    const next = roles.loadChanged();
    await settle();
    answers[5]!([role('desk', 'user:read')]);
    await next;
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });

  it('that fails leaves what was known', async () => {
    const { definitions, roles, failures, settle } = loading();
    definitions.replaceAll([role('desk', 'user:read')]);
    const loaded = roles.load();
    await settle();
    failures[0]!(new Error('the database is away'));
    await expect(loaded).rejects.toThrow('away');
    expect(ofDesk(definitions)).toEqual(['user:read']);
  });
});
