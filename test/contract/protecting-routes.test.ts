import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { accessCatalogue, definePermissions } from '../../src/access/index.js';
import { Bound, startGuarded } from '../support/decision-matrix.js';
import { controllerOf, POLICIES, type Said } from '../support/truth-table.js';

definePermissions('report:read', 'report:delete');

interface Section {
  readonly title: string;
  readonly decorators: readonly Said[];
  readonly operation: object;
  readonly lock: string;
  readonly refusals: readonly string[];
}

/** The sections that show a decorator: its example, then what becomes of it. */
function sectionsOf(file: string): Section[] {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
  return text
    .split(/^## (?=@)/m)
    .slice(1)
    .map((section) => {
      const [, example = ''] = /```ts\n([^]*?)```/.exec(section)!;
      const [, operation = '', said = ''] = /```json\n([^]*?)```\n\n([^]*?)\n(?:\n|$)/.exec(section)!;
      const [lock = '', ...refusals] = [...said.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
      const decorators = [...example.matchAll(/^@(\w+)\(([^)]*)\)$/gm)].filter(
        ([, name]) => !VERBS.has(name!),
      );
      return {
        title: section.split('\n', 1)[0]!,
        decorators: decorators.map(([, name = '', values = '']) => ({ name, values: valuesIn(values) })),
        operation: JSON.parse(operation) as object,
        lock,
        refusals,
      };
    });
}

const VERBS = new Set(['Get', 'Post', 'Delete']);

/** What stands in quotes, or the one name that does not. */
function valuesIn(text: string): string[] {
  const quoted = [...text.matchAll(/'([^']*)'/g)].map(([, value]) => value!);
  return quoted.length > 0 ? quoted : text.split(',').filter(Boolean);
}

const [english, korean] = ['protecting-routes.md', 'protecting-routes.ko.md'].map(sectionsOf) as [
  Section[],
  Section[],
];

const app = await startGuarded({
  imports: [Bound],
  providers: Object.values(POLICIES),
  controllers: english.map(({ decorators }, at) => controllerOf({ levels: [[], [], decorators] }, `${at}`)),
});
afterAll(() => app.close());
const { entries } = app.get(accessCatalogue.AccessCatalogue);

describe('docs/protecting-routes.md', () => {
  it('shows every decorator, and the same in both languages', () => {
    const names = [
      'AuthRequired',
      'AuthOptional',
      'Public',
      'Roles',
      'RequirePermissions',
      'StepUp',
      'Policy',
    ];
    expect(english.map(({ title }) => title)).toEqual(
      [...names, 'ClientRequired'].map((name) => `@${name}()`),
    );
    expect(korean).toEqual(english);
  });

  it.each(english.map((section, at) => [section.title, section, at] as const))(
    'says of %s what becomes of it',
    (title, { operation, lock, refusals, decorators }, at) => {
      expect(`@${decorators[0]!.name}()`).toBe(title);
      const entry = entries.find(({ path }) => path === `/${at}`)!;
      const painted = {};
      const document = {
        openapi: '3.1.0',
        info: { title: '', version: '' },
        paths: { [`/${at}`]: { get: painted } },
      };
      accessCatalogue.paintAccess(document as never, [entry]);
      expect(painted).toEqual(operation);
      expect(accessCatalogue.renderLock([entry])).toBe(`GET /${at} ${lock}\n`);
      expect(accessCatalogue.problemsOf(entry).map(({ code }) => code)).toEqual(refusals);
    },
  );
});
