import { describe, expect, it } from '@jest/globals';
import type { Credential } from '../access-rule.js';
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
