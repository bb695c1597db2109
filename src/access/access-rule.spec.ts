import { describe, expect, it } from '@jest/globals';
import { combine, type AccessDeclaration, type Credential } from './access-rule.js';

const WIDENS = 'would widen what an outer level asks';

/** One decorator a level, outermost first; null where a level declares nothing. */
function levels(...credentials: (Credential | null)[]): AccessDeclaration[][] {
  return credentials.map((credential) => (credential ? [{ decorator: credential, credential }] : []));
}

describe('combine', () => {
  // class × handler: the whole truth table, so that a change of one cell is a change of this file.
  it.each<[Credential | null, Credential | null, Credential | 'refused' | 'undeclared']>([
    [null, null, 'undeclared'],
    [null, 'public', 'public'],
    [null, 'optional', 'optional'],
    [null, 'bearer', 'bearer'],
    ['public', null, 'public'],
    ['public', 'public', 'public'],
    ['public', 'optional', 'optional'],
    ['public', 'bearer', 'bearer'],
    ['optional', null, 'optional'],
    ['optional', 'public', 'public'],
    ['optional', 'optional', 'optional'],
    ['optional', 'bearer', 'bearer'],
    ['bearer', null, 'bearer'],
    ['bearer', 'public', 'public'],
    ['bearer', 'optional', 'refused'],
    ['bearer', 'bearer', 'bearer'],
  ])('class %p and handler %p make %p', (ofClass, ofHandler, expected) => {
    const { rule, contradictions } = combine(levels(ofClass, ofHandler));
    if (expected === 'refused') expect(contradictions).toEqual([expect.stringContaining(WIDENS)]);
    else expect(contradictions).toEqual([]);
    if (expected === 'undeclared') expect(rule).toBeUndefined();
    else expect(rule).toEqual({ credential: expected === 'refused' ? 'bearer' : expected });
  });

  it.each<[(Credential | null)[], Credential, number]>([
    [['bearer', null, null], 'bearer', 0],
    [['public', 'bearer', null], 'bearer', 0],
    [[null, 'optional', 'bearer'], 'bearer', 0],
    [['bearer', null, 'public'], 'public', 0],
    // A class that inherits is not a handler: it opens nothing that its parent closed.
    [['bearer', 'public', null], 'bearer', 1],
    [['bearer', 'optional', 'public'], 'public', 1],
    [['bearer', 'public', 'optional'], 'bearer', 2],
    [['optional', 'public', 'bearer'], 'bearer', 1],
  ])('inherited class, class, handler %j make %p with %i contradictions', (given, credential, count) => {
    const { rule, contradictions } = combine(levels(...given));
    expect(rule).toEqual({ credential });
    expect(contradictions).toHaveLength(count);
  });

  it('two decorators of one level that differ contradict each other, and are both named', () => {
    const level = [
      { decorator: 'Public', credential: 'public' },
      { decorator: 'AuthRequired', credential: 'bearer' },
    ] as const;
    for (const given of [level, [...level].reverse()]) {
      const { contradictions } = combine([given, []]);
      expect(contradictions).toHaveLength(1);
      expect(contradictions[0]).toContain('@Public()');
      expect(contradictions[0]).toContain('@AuthRequired()');
    }
  });

  it('the same decorator twice on one level says nothing new', () => {
    const twice = [...levels('bearer'), ...levels('bearer')].flat();
    expect(combine([twice])).toEqual({ rule: { credential: 'bearer' }, contradictions: [] });
  });

  it('no levels declare nothing', () => {
    expect(combine([])).toEqual({ rule: undefined, contradictions: [] });
  });
});
