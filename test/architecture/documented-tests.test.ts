import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './workspace.js';

/** A test, or a folder of tests, as the documents name them. */
const NAMED = /`((?:test|src)\/[\w./-]+?(?:\.(?:test|spec)\.ts|\/))`/g;

function testsIn(path: string): string[] {
  if (!path.endsWith('/')) return [path];
  return readdirSync(join(ROOT, path)).filter((name) => /\.(test|spec)\.ts$/.test(name));
}

describe.each(['docs/threat-model.md', 'docs/asvs.md'])('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const named = [...new Set([...text.matchAll(NAMED)].map(([, path]) => path!))];

  it('names tests', () => expect(named.length).toBeGreaterThan(10));

  it.each(named)('%s is there', (path) => {
    expect(existsSync(join(ROOT, path))).toBe(true);
    expect(testsIn(path)).not.toEqual([]);
  });
});
