import { describe, expect, it } from '@jest/globals';
import { outcomesOf, truthTable } from '../support/truth-table.js';

const rows = truthTable();
const refused = rows.filter(({ rule }) => rule.startsWith('refused'));
const ruled = rows.filter((row) => !refused.includes(row));

const rules = await outcomesOf(ruled);
// All at once: every mistake of every route is in the one error.
const mistakes = await outcomesOf(refused);

describe('the truth table', () => {
  it('names every decorator on every level, and each row once', () => {
    const lines = rows.map(({ line }) => line);
    expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
    for (const level of [0, 1, 2]) {
      const names = new Set(rows.flatMap(({ levels }) => levels[level]!.map(({ name }) => name)));
      expect(names.size).toBeGreaterThanOrEqual([6, 8, 8][level]!);
    }
  });

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
