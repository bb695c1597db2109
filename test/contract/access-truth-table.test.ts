import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { outcomesOf, truthTable } from '../support/truth-table.js';

/** All that there are, as the door of `access` exports them. */
const door = readFileSync(new URL('../../src/access/index.ts', import.meta.url), 'utf8');
const [, exported = ''] = /\{([^}]*)\} from '.\/access.decorators.js'/.exec(door)!;
const DECORATORS = exported.split(',').map((name) => name.trim()).filter(Boolean); // prettier-ignore

const rows = truthTable();
const refused = rows.filter(({ rule }) => rule.startsWith('refused'));
const ruled = rows.filter((row) => !refused.includes(row));

const rules = await outcomesOf(ruled);
// All at once: every mistake of every route is in the one error.
const mistakes = await outcomesOf(refused);

describe('the truth table', () => {
  it('names each row once', () => {
    const lines = rows.map(({ line }) => line);
    expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
  });

  it.each(['the inherited class', 'the class', 'the handler'].map((name, at) => [name, at] as const))(
    'names every decorator on %s',
    (_, at) => {
      const names = rows.flatMap(({ levels }) => levels[at]!.map(({ name }) => name));
      expect([...new Set(names)].sort()).toEqual(DECORATORS.toSorted());
    },
  );

  it.each(ruled.map(({ line, rule }, at) => [line, rule, rules[at]]))('%s', (_, expected, rule) => {
    expect(rule).toBe(expected);
  });

  it.each(refused.map(({ line, rule }, at) => [line, rule, mistakes[at]!] as const))(
    '%s',
    (_, expected, said) => {
      expect(said).toMatch(/^refused: /);
      expect(said).toContain(expected.replace(/^refused: /, ''));
    },
  );
});
