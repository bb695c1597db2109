import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { ROOT, report, workspace } from './workspace.js';

/** Code that breaks a rule: where it stands, the code, and the rule with a word of what it tells to do. */
type Breach = readonly [file: string, code: string, rule: string, says: string];

const lines = (count: number): string => 'export let n = 0;\n' + 'n += 1;\n'.repeat(count - 1);
const longFunction = (count: number): string =>
  `export function long(n: number): number {\n${'  n += 1;\n'.repeat(count - 3)}  return n;\n}\n`;
const constructorOf = (count: number): string => {
  const parameters = Array.from({ length: count }, (_, i) => `readonly p${i}: string`);
  return `export class Wide { constructor(${parameters.join(', ')}) {} }\n`;
};
const DECORATED =
  'const Mark = (..._: unknown[]) => (_t: object, _k: string, _d: PropertyDescriptor): void => {};\n';
const guarded = (decorator: string): string =>
  `${DECORATED}const ${decorator} = Mark;\nexport class Guarded { @${decorator}() handle(): void {} }\n`;

const BREACHES: readonly Breach[] = [
  ['src/users/env.ts', 'export const a = process.env.HOME;', 'no-restricted-syntax', 'src/platform/config'],
  [
    'src/users/env-quoted.ts',
    "export const a = process['env'].HOME;",
    'no-restricted-syntax',
    'src/platform/config',
  ],
  [
    'src/users/env-taken.ts',
    'const { env } = process;\nexport { env };',
    'no-restricted-syntax',
    'src/platform/config',
  ],
  [
    'src/users/env-imported.ts',
    "export { env } from 'node:process';",
    'no-restricted-imports',
    'src/platform/config',
  ],
  [
    'src/platform/clock/env.ts',
    'export const a = process.env.HOME;',
    'no-restricted-syntax',
    'src/platform/config',
  ],
  ['src/access/env.ts', 'export const a = process.env.HOME;', 'no-restricted-syntax', 'src/platform/config'],
  ['src/users/now.ts', 'export const a = Date.now();', 'no-restricted-syntax', 'src/platform/clock'],
  ['src/users/new-date.ts', 'export const a = new Date();', 'no-restricted-syntax', 'src/platform/clock'],
  ['src/users/date.ts', 'export const a = Date();', 'no-restricted-syntax', 'src/platform/clock'],
  [
    'src/users/performance.ts',
    'export const a = performance.now();',
    'no-restricted-syntax',
    'src/platform/clock',
  ],
  [
    'src/users/hrtime.ts',
    'export const a = process.hrtime.bigint();',
    'no-restricted-syntax',
    'src/platform/clock',
  ],
  [
    'src/users/hooks.ts',
    "export { performance } from 'node:perf_hooks';",
    'no-restricted-imports',
    'platform/clock',
  ],
  [
    'src/platform/config/now.ts',
    'export const a = Date.now();',
    'no-restricted-syntax',
    'src/platform/clock',
  ],
  ['src/access/now.ts', 'export const a = Date.now();', 'no-restricted-syntax', 'src/platform/clock'],
  ['src/users/guards.ts', guarded('UseGuards'), 'no-restricted-syntax', '@AuthRequired()'],
  ['src/users/bearer.ts', guarded('ApiBearerAuth'), 'no-restricted-syntax', '@AuthRequired()'],
  ['src/platform/clock/guards.ts', guarded('UseGuards'), 'no-restricted-syntax', '@AuthRequired()'],
  ['src/platform/config/guards.ts', guarded('UseGuards'), 'no-restricted-syntax', '@AuthRequired()'],
  ['src/users/console.ts', "console.log('x');\nexport {};", 'no-console', 'Unexpected console'],
  [
    'src/users/prefix.ts',
    'export interface IUser { a: string }',
    'no-restricted-syntax',
    'without the prefix I',
  ],
  [
    'src/users/prefix.spec.ts',
    'export interface IUser { a: string }',
    'no-restricted-syntax',
    'without the prefix I',
  ],
  [
    'test/e2e/prefix.ts',
    'export interface IUser { a: string }',
    'no-restricted-syntax',
    'without the prefix I',
  ],
  ['src/users/base.ts', 'export class BaseService { a = 1 }', 'no-restricted-syntax', 'No base classes'],
  ['src/users/based.ts', 'export class ServiceBase { a = 1 }', 'no-restricted-syntax', 'No base classes'],
  ['src/users/wide.ts', constructorOf(6), 'no-restricted-syntax', 'find the seam'],
  ['src/users/long-file.ts', lines(300), 'max-lines', 'too many lines'],
  ['test/e2e/long-file.test.ts', lines(601), 'max-lines', 'too many lines'],
  ['src/users/long-function.ts', longFunction(40), 'max-lines-per-function', 'too many lines'],
  ['src/users/long.controller.ts', longFunction(21), 'max-lines-per-function', 'too many lines'],
  ['src/users/busy.controller.ts', longFunction(7), 'max-statements', 'too many statements'],
  [
    'src/users/floating.ts',
    'async function later(): Promise<number> { return await Promise.resolve(1); }\nlater();\nexport {};',
    '@typescript-eslint/no-floating-promises',
    'Promises must be awaited',
  ],
  [
    'src/users/throws.ts',
    "export const a = (): never => { throw 'text'; };",
    '@typescript-eslint/only-throw-error',
    'error',
  ],
  ['src/users/loose.ts', 'export const a = (b: unknown): boolean => b == 1;', 'eqeqeq', "'==='"],
  [
    'src/users/any.ts',
    "export const a: string = JSON.parse('1');",
    '@typescript-eslint/no-unsafe-assignment',
    'any',
  ],
  [
    'src/users/excuse.ts',
    '// eslint-disable-next-line eqeqeq\nexport const a = 1;',
    'null',
    'Unused eslint-disable',
  ],
];

const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['src/platform/config/environment.ts', 'export const a = process.env.HOME;'],
  [
    'src/platform/clock/system-clock.ts',
    'export const a = Date.now() + performance.now() + new Date().getTime();',
  ],
  ['src/users/dates.ts', 'export const a = (at: number): Date => new Date(at);'],
  ['src/users/time.spec.ts', 'export const a = [Date.now(), process.env.HOME];'],
  ['test/e2e/time.test.ts', 'export const a = [Date.now(), process.env.HOME];'],
  ['src/main.ts', "console.log('listening');\nexport {};"],
  ['src/cli.ts', "console.log('done');\nexport {};"],
  [
    'src/users/identity.ts',
    'export interface Identity { a: string }\nexport interface IPRange { b: string }',
  ],
  ['src/users/database.ts', 'export class Database { a = 1 }'],
  ['src/users/narrow.ts', constructorOf(5)],
  ['src/users/file.ts', lines(299)],
  ['src/users/function.ts', longFunction(39)],
  ['src/users/short.controller.ts', longFunction(6)],
  ['test/e2e/story.test.ts', longFunction(80)],
  ['test/e2e/long-story.test.ts', lines(600)],
  ['src/users/rethrow.ts', 'export const a = (failure: unknown): never => {\n  throw failure;\n};'],
];

interface Linted {
  filePath: string;
  messages: { ruleId: string | null; message: string }[];
}

describe('lint rules', () => {
  let linted: Linted[];
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const files = [...BREACHES.map(([file, code]) => [file, code]), ...ALLOWED];
    const place = await workspace(Object.fromEntries(files) as Record<string, string>);
    remove = place.remove;
    const args = ['--config', resolve(ROOT, 'eslint.config.js'), '--format', 'json', 'src', 'test'];
    linted = JSON.parse(await report(place.dir, 'eslint/bin/eslint.js', args)) as Linted[];
  }, 60_000);

  afterAll(() => remove());

  function messagesOf(file: string): { rule: string; message: string }[] {
    const found = linted.find(({ filePath }) => filePath.endsWith(`/${file}`));
    if (!found) throw new Error(`${file} was not linted`);
    return found.messages.map(({ ruleId, message }) => ({ rule: String(ruleId), message }));
  }

  it.each(BREACHES)('%s is refused', (file, _code, rule, says) => {
    expect(messagesOf(file)).toContainEqual({ rule, message: expect.stringContaining(says) });
  });

  it.each(ALLOWED)('%s is allowed', (file) => {
    expect(messagesOf(file)).toEqual([]);
  });
});
