import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT, importRules } from './workspace.js';

/** Drawers fill with what belongs nowhere: the file is named by what is in it. */
const DRAWER = /^(?:utils?|helpers?|common|misc|types|interfaces|constants|shared|lib)$/;

/**
 * The door of `access` is the vocabulary of every route of every feature: a word that has to be looked for is not
 * used. That of `http` is the vocabulary of every controller and DTO.
 */
const WIDER_DOORS: Record<string, number> = { 'src/access/index.ts': 24, 'src/platform/http/index.ts': 17 };

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').includes('node_modules'));
}

/** Files and folders whose name says nothing of what is in them. */
export function drawers(paths: readonly string[]): string[] {
  return paths.filter((path) =>
    path.split('/').some((part) => part.split('.').some((word) => DRAWER.test(word))),
  );
}

/** The number of names that a door exports; `export *` counts as a door without a frame. */
export function exportsOf(door: string, text: string): number {
  let count = 0;
  for (const statement of ts.createSourceFile(door, text, ts.ScriptTarget.Latest).statements) {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      count += clause === undefined ? Infinity : ts.isNamedExports(clause) ? clause.elements.length : 1;
    } else if (ts.canHaveModifiers(statement)) {
      const exported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      if (exported) count += 1;
    }
  }
  return count;
}

describe('sizes and names', () => {
  const source = filesUnder('src');
  const doors = source.filter((path) => /^src\/(?:platform\/)?[^/]+\/index\.ts$/.test(path));
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );

  it('has no drawers', () => {
    expect(drawers([...source, ...filesUnder('test'), ...filesUnder('bench')])).toEqual([]);
  });

  it.each(['src/users/utils.ts', 'src/common/user.ts', 'src/users/user.types.ts', 'test/helpers/app.ts'])(
    'sees the drawer %s',
    (path) => {
      expect(drawers([path, 'src/passwords/common-passwords.ts'])).toEqual([path]);
    },
  );

  it.each(doors)('%s exports fewer than 12 names', (door) => {
    const names = exportsOf(door, readFileSync(join(ROOT, door), 'utf8'));
    expect(names).toBeLessThan(WIDER_DOORS[door] ?? 12);
  });

  it('counts the names of a door', () => {
    expect(exportsOf('a.ts', "export { A, type B } from './a.js';\nexport type { C } from './c.js';")).toBe(
      3,
    );
    expect(exportsOf('a.ts', 'export class A {}\nexport const b = 1;\nconst c = 2;')).toBe(2);
    expect(exportsOf('a.ts', "export * from './everything.js';")).toBe(Infinity);
    expect(exportsOf('a.ts', "export * as problems from './a.problems.js';")).toBe(1);
  });

  it('gives every module a rank and a door', async () => {
    const ranked = (await importRules()).ranks.flat();
    for (const { name } of folders) {
      expect(ranked).toContain(name);
      if (name !== 'platform') expect(doors).toContain(`src/${name}/index.ts`);
    }
  });
});
