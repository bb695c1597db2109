import { describe, expect, it } from '@jest/globals';
import { outcomesOf, truthTable, type Row, type Said } from '../support/truth-table.js';
import { withoutOne, withOneWeaker } from './weaker.js';

const LESS: Record<string, string[]> = {
  AuthRequired: ['AuthOptional', 'Public'],
  AuthOptional: ['Public'],
  ClientRequired: ['Public'],
};
const WEAKER_VALUES: Record<string, string> = { '5m': '10m', '1h': '2h', '300s': '600s', aal2: 'aal1' };

function weaker({ name, values }: Said): Said[] {
  if (name === 'Roles' && values.length > 0) return [{ name, values: [...values, 'anybody'] }];
  if (name === 'RequirePermissions') return withoutOne(values).map((fewer) => ({ name, values: fewer }));
  if (name === 'StepUp') {
    const known = (value: string) => (WEAKER_VALUES[value] ? [WEAKER_VALUES[value]] : []);
    return withOneWeaker(values, known).map((weak) => ({ name, values: weak }));
  }
  return (LESS[name] ?? []).map((less) => ({ name: less, values: [] }));
}

function mutantsOf(row: Row): Row[] {
  return row.levels.flatMap((level, depth) =>
    [...withoutOne(level), ...withOneWeaker(level, weaker)].map((changed) => ({
      ...row,
      levels: row.levels.with(depth, changed),
    })),
  );
}

function spelt({ declare, levels }: Row): string {
  const cells = levels.map((level) =>
    level.map(({ name, values }) => `@${name}(${values.join(', ')})`).join(' '),
  );
  return [declare, ...cells].join(' | ');
}

const rows = truthTable().filter(({ rule }) => !rule.startsWith('refused'));
const mutants = rows.flatMap((row) => mutantsOf(row).map((mutant) => ({ row, mutant })));

/** An app that does not start tells nothing of its other routes: those are asked in a second one. */
async function outcomes(): Promise<string[]> {
  const said = await outcomesOf(mutants.map(({ mutant }) => mutant));
  const rest = mutants.filter((_, at) => !said[at]!.startsWith('refused'));
  const ruled = await outcomesOf(rest.map(({ mutant }) => mutant));
  return mutants.map((one, at) => (rest.includes(one) ? ruled[rest.indexOf(one)]! : said[at]!));
}

const ASKS: Record<string, number> = { Public: 0, AuthOptional: 1 };
/** Whatever else a decorator asks, it asks for a token. */
const strictness = (level: readonly Said[]) => Math.max(-1, ...level.map(({ name }) => ASKS[name] ?? 2));

/** Why a declaration of the row may be changed without changing what the row says; undefined where it may not. */
function reasonFor(row: Row, mutant: Row): string | undefined {
  const [, , handler = []] = mutant.levels;
  if (handler.some(({ name }) => name === 'Public')) return 'the handler opens what the outer levels ask';
  const depth = row.levels.findIndex((level, at) => level !== mutant.levels[at]);
  const changed = row.levels[depth]!.find((one) => !mutant.levels[depth]!.includes(one))!;
  const others = mutant.levels.flat();
  if (changed.name === 'Policy' && others.some(({ values }) => values[0] === changed.values[0]))
    return 'the policy is named twice';
  if (changed.name === 'StepUp' && others.some((one) => one.name === 'StepUp' && one !== changed))
    return 'another step-up is stricter';
  const onlyCredential = ['Public', 'AuthOptional', 'AuthRequired', 'ClientRequired'].includes(changed.name);
  if (onlyCredential && strictness(others) >= strictness([changed])) return 'another level asks for as much';
  return undefined;
}

const found = await outcomes();
const survivors = mutants.filter(({ row }, at) => found[at] === row.rule);

describe('a declaration of the truth table that is left out or weakened', () => {
  it('is one of many, most of which another row or the start tells apart', () => {
    expect(mutants.length).toBeGreaterThan(150);
    expect(survivors.length).toBeLessThan(mutants.length / 3);
  });

  it.each(survivors.map(({ row, mutant }) => [`${spelt(row)} → ${spelt(mutant)}`, reasonFor(row, mutant)]))(
    '%s changes nothing, for %s',
    (_, reason) => {
      expect(reason).toBeDefined();
    },
  );
});
