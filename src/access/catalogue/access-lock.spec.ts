import { describe, expect, it } from '@jest/globals';
import type { Credential, Requirements } from '../access-rule.js';
import type { CatalogueEntry } from './access-catalogue.js';
import { renderLock } from './access-lock.js';
import { describeChanges } from './lock-changes.js';

function entry(method: string, path: string, credential: Credential, guarded = true): CatalogueEntry {
  class Any {
    handle(): void {}
  }
  const route = { method, path, controller: Any, handler: Any.prototype.handle, methodName: 'handle' };
  return { method, path, rule: { credential }, ...(guarded ? { route } : {}) };
}

describe('renderLock', () => {
  it('is one readable line a route, and marks what no guard stands before', () => {
    expect(
      renderLock([
        entry('GET', '/a', 'bearer'),
        entry('POST', '/a/:id', 'optional'),
        entry('GET', '/m', 'public', false),
      ]),
    ).toBe('GET /a bearer\nPOST /a/:id optional\nGET /m public unguarded\n');
  });

  it('of nothing is empty', () => {
    expect(renderLock([])).toBe('');
  });
});

describe('a line of the lock', () => {
  class OwnsReport {}
  class Fresh {}

  function line(requirements: Partial<Requirements>): string {
    const given = entry('DELETE', '/reports/:id', 'bearer');
    const rule = {
      ...given.rule,
      requirements: { roles: [], permissions: [], policies: [], ...requirements },
    };
    return renderLock([{ ...given, rule }])
      .trimEnd()
      .replace('DELETE /reports/:id bearer ', '');
  }

  it.each<[Partial<Requirements>, string]>([
    [{ roles: [['admin']] }, 'roles=admin'],
    [{ roles: [['admin', 'editor'], ['staff']] }, 'roles=admin|editor roles=staff'],
    [{ permissions: ['report:delete', 'report:read'] }, 'permissions=report:delete,report:read'],
    [{ stepUp: { maxAge: 300 } }, 'step-up=5m'],
    [{ stepUp: { maxAge: 301 } }, 'step-up=301s'],
    [{ stepUp: { maxAge: 86_400 } }, 'step-up=1d'],
    [{ stepUp: { acr: 'aal2' } }, 'step-up=aal2'],
    [{ stepUp: { maxAge: 7200, acr: 'aal2' } }, 'step-up=2h,aal2'],
    [{ policies: [OwnsReport, Fresh] as never }, 'policy=OwnsReport,Fresh'],
    [
      {
        roles: [['admin']],
        permissions: ['report:delete'],
        stepUp: { maxAge: 300 },
        policies: [OwnsReport] as never,
      },
      'roles=admin permissions=report:delete step-up=5m policy=OwnsReport',
    ],
  ])('%j', (requirements, expected) => {
    expect(line(requirements)).toBe(expected);
  });
});

describe('describeChanges says in words', () => {
  const route = 'DELETE /reports/:id';
  it.each([
    ['bearer roles=admin', 'bearer', ['no longer needs role admin']],
    ['bearer', 'bearer roles=admin|staff', ['now needs role admin or staff']],
    [
      'bearer roles=admin',
      'bearer roles=admin|staff',
      ['no longer needs role admin', 'now needs role admin or staff'],
    ],
    ['bearer permissions=a:b,c:d', 'bearer permissions=c:d', ['no longer needs permission a:b']],
    ['bearer', 'bearer permissions=a:b', ['now needs permission a:b']],
    ['bearer step-up=5m', 'bearer', ['no longer needs step-up (5m)']],
    ['bearer', 'bearer step-up=5m,aal2', ['now needs step-up (5m and aal2)']],
    ['bearer step-up=5m', 'bearer step-up=1h', ['needed step-up 5m and now needs 1h']],
    ['bearer policy=Owns,Fresh', 'bearer policy=Fresh', ['no longer needs policy Owns']],
    [
      'bearer policy=Owns,Fresh',
      'bearer policy=Fresh,Owns',
      ['was bearer policy=Owns,Fresh and is now bearer policy=Fresh,Owns'],
    ],
    ['bearer roles=admin', 'public', ['now open to everybody (was bearer)', 'no longer needs role admin']],
    ['client', 'bearer', ['was client and is now bearer']],
    ['public unguarded', 'public', ['now has the guard before it']],
  ])('%s → %s', (was, is, words) => {
    const changes = describeChanges(`${route} ${was}\n`, `${route} ${is}\n`);
    expect(changes).toEqual(words.map((one) => `${route} ${one}`));
  });

  it('of each of several lines of one route: versions that a header chooses', () => {
    const two = 'GET /a public\nGET /a bearer\n';
    expect(describeChanges(two, 'GET /a public\nGET /a public\n')).toEqual([
      'GET /a (2) now open to everybody (was bearer)',
    ]);
    expect(describeChanges(two, 'GET /a public\n')).toEqual(['GET /a (2) (bearer) is no longer there']);
  });
});

describe('describeChanges', () => {
  const committed = 'GET /a bearer\nGET /b public\nPOST /b bearer\n';

  it.each([
    ['nothing', committed, []],
    [
      'a route opened',
      committed.replace('/a bearer', '/a public'),
      ['GET /a now open to everybody (was bearer)'],
    ],
    [
      'a guard lost',
      committed.replace('/b public', '/b public unguarded'),
      ['GET /b now has no guard before it'],
    ],
    ['a new route', `${committed}GET /c bearer\n`, ['GET /c is new: bearer']],
    ['a route gone', committed.replace('GET /a bearer\n', ''), ['GET /a (bearer) is no longer there']],
    [
      'another method of the same path',
      committed.replace('POST /b bearer', 'PUT /b bearer'),
      ['PUT /b is new: bearer', 'POST /b (bearer) is no longer there'],
    ],
  ])('says %s', (_, current, words) => {
    expect(describeChanges(committed, current)).toEqual(words);
  });

  it('of a lock that is missing says everything', () => {
    expect(describeChanges('', committed)).toHaveLength(3);
  });
});
