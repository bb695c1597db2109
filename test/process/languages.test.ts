import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { documents } from './support/documented-commands.js';
import { firstDifference, linksIn, type NamedText } from './support/languages.js';
import { ROOT } from './support/program.js';

const read = (name: string): NamedText => ({ name, text: readFileSync(join(ROOT, name), 'utf8') });
const korean = documents().filter((name) => name.endsWith('.ko.md'));

describe('a text in two languages has the same headings, commands and tables in both', () => {
  it('there are some', () => {
    expect(korean).toEqual(expect.arrayContaining(['README.ko.md', 'docs/commands.ko.md']));
  });

  it.each(korean)('%s', (name) => {
    expect(firstDifference(read(name.replace('.ko.md', '.md')), read(name))).toBeUndefined();
  });

  const text = '# A\n\n```bash\nnpm start # now\n```\n\n| a | b |\n| - | - |\n| `x` | one |\n| `y` | two |\n';
  const english = { name: 'a.md', text };
  const compared = (from: string, to: string) =>
    firstDifference(english, { name: 'a.ko.md', text: text.replace(from, to) });

  it.each([
    ['a heading', '# A', '# 가'],
    ['a remark in code', '# now', '# 지금'],
    ['the head of a table', '| a | b |', '| 가 | 나 |'],
    ['a cell but the first', 'one', '하나'],
  ])('%s may be translated', (_, from, to) => {
    expect(compared(from, to)).toBeUndefined();
  });

  it.each([
    ['a heading of another level', '# A', '## 가', 'a.md:1 has "# …", but a.ko.md:1 has "## …"'],
    ['a heading that is missing', '# A', '', 'a.md:1 has "# …", but a.ko.md:4 has "npm start"'],
    ['another command', 'start', 'test', 'a.md:4 has "npm start", but a.ko.md:4 has "npm test"'],
    [
      'another row',
      '`x`',
      '`z`',
      'a.md:9 has "| `x` | … in 2 columns", but a.ko.md:9 has "| `z` | … in 2 columns"',
    ],
    [
      'a row that is missing',
      '| `y` | two |\n',
      '',
      'a.md:10 has "| `y` | … in 2 columns", but a.ko.md has ended',
    ],
    [
      'a row too many',
      'two |\n',
      'two |\n| `z` | 셋 |\n',
      'a.md has ended, but a.ko.md:11 has "| `z` | … in 2 columns"',
    ],
    [
      'a column too many',
      'one |',
      '하나 | 둘 |',
      'a.md:9 has "| `x` | … in 2 columns", but a.ko.md:9 has "| `x` | … in 3 columns"',
    ],
  ])('tells %s', (_, from, to, difference) => {
    expect(compared(from, to)).toBe(difference);
  });
});

describe('the files that the texts link to are there', () => {
  it.each(documents())('%s', (name) => {
    const missing = linksIn(read(name).text).filter((link) => !existsSync(join(ROOT, dirname(name), link)));
    expect(missing).toEqual([]);
  });

  it('links are told from addresses, places in a text, and code', () => {
    const text = '[a](a.md#there) [b](https://b.example) [c](#c)\n\n```md\n[d](d.md)\n```\n\n[`e`](e/f.md)\n';
    expect(linksIn(text)).toEqual(['a.md', 'e/f.md']);
  });
});
