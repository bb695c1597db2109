import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { accessCatalogue } from '../../src/access/index.js';
import { controllerOf, truthTable, type Row } from '../support/truth-table.js';
import { mutantsOf } from './mutants.js';

const ACCESS = new URL('../../dist/access/', import.meta.url);
const FILE = 'access-rule.js';

type Levels = readonly object[][];
type Combine = (levels: Levels) => { rule?: object; contradictions: string[] };

/** What no row can see, with the reason. */
const SURVIVORS: Record<string, string> = {
  'return a < b ? -1 : 1;  ✗ < → <=': 'no two keys of a map are alike',
};

/** Refused by what is not combined, but looked up. */
const rows = truthTable().filter(({ rule }) => !/no feature|no module/.test(rule));
const levels = rows.map(levelsOf);
const written: URL[] = [];
afterAll(() => written.forEach((file) => rmSync(file, { force: true })));

function levelsOf(row: Row): Levels {
  const controller = controllerOf(row, 'any');
  const handler = (controller.prototype as { get: object }).get;
  const bare = new accessCatalogue.AccessCatalogue({} as never, {} as never, []);
  const read = bare as unknown as { levelsOf(route: object): object[][] };
  const [, ...written] = read.levelsOf({ controller, handler, methodName: 'get' });
  const declared = row.declare === '' ? [] : [{ decorator: 'declare', credential: row.declare }];
  return [declared, ...written];
}

const PLAIN = { public: 0, optional: 0, bearer: 0, client: 0 };

/** Whether one row shows that the combination is another one. */
function isCaught(combine: Combine): boolean {
  return rows.some(({ rule: expected }, at) => {
    try {
      const { rule, contradictions } = combine(levels[at]!);
      if (!Array.isArray(contradictions) || !contradictions.every((one) => one.startsWith('@'))) return true;
      // A plain route has none: the guard looks no further.
      if (rule && expected in PLAIN && 'requirements' in rule) return true;
      const reasons = rule ? contradictions : ['declares no access'];
      if (expected.startsWith('refused: '))
        return !(reasons.length === 1 && reasons[0]!.includes(expected.replace('refused: ', '')));
      const entry = { method: 'GET', path: '/', rule, route: {} };
      return reasons.length > 0 || accessCatalogue.renderLock([entry as never]) !== `GET / ${expected}\n`;
    } catch {
      return true;
    }
  });
}

async function load(text: string, nth: number): Promise<Combine> {
  const url = new URL(`mutant-${process.pid}-${nth}-${FILE}`, ACCESS);
  written.push(url);
  writeFileSync(url, text);
  return ((await import(url.pathname)) as { combine: Combine }).combine;
}

describe('the combination of levels', () => {
  const text = readFileSync(new URL(FILE, ACCESS), 'utf8');
  const mutants = mutantsOf(text);

  it('as it is agrees with every row, and is changed in many ways', async () => {
    expect(isCaught(await load(text, mutants.length))).toBe(false);
    expect(mutants.length).toBeGreaterThan(20);
  });

  it.each(mutants.map(({ name, text }, nth) => [name, text, nth] as const))('%s', async (name, text, nth) => {
    expect(isCaught(await load(text, nth))).toBe(!(name in SURVIVORS));
  });
});
