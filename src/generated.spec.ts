import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CONFIGURATION, staleness, write } from './generated.js';

const BEGIN = '<!-- configuration: begin -->\n<!-- prettier-ignore-start -->';
const END = '<!-- prettier-ignore-end -->\n<!-- configuration: end -->';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generated-'));
  file = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('staleness and write', () => {
  const generated = () => ({ file, render: () => 'new\n' });

  it('a missing file is stale, and is written', () => {
    expect(staleness(generated())).toEqual([`${file} is not what the code makes.`]);
    write(generated());
    expect(readFileSync(file, 'utf8')).toBe('new\n');
    expect(staleness(generated())).toEqual([]);
  });

  it.each(['', 'old\n', 'new', 'new\r\n', 'new\n\n'])('%j is stale: every byte counts', (committed) => {
    writeFileSync(file, committed);
    expect(staleness(generated())).toHaveLength(1);
  });

  it('says the difference in words where the file can', () => {
    writeFileSync(file, 'old\n');
    expect(staleness({ ...generated(), changes: () => ['GET /a is new: public'] })).toEqual([
      `${file}: GET /a is new: public`,
    ]);
  });

  it('is stale even where the words find no difference', () => {
    writeFileSync(file, 'old\n');
    expect(staleness({ ...generated(), changes: () => [] })).toHaveLength(1);
  });

  it('does not take a file that cannot be read for an empty one', () => {
    expect(() => staleness({ ...generated(), file: folder })).toThrow('EISDIR');
  });
});

describe.each(['README.md', 'README.ko.md'])('the table in %s', (readmeFile) => {
  const { render } = CONFIGURATION.find(({ file: name }) => name === readmeFile)!;
  const readme = (inside: string) => `# Before\n\n${BEGIN}${inside}${END}\n\nAfter\n`;

  it('replaces what stands between the marks and nothing else; twice is as once', () => {
    const made = render(readme('\nstale\n'));
    expect(made.startsWith(`# Before\n\n${BEGIN}\n\n|`)).toBe(true);
    expect(made.endsWith(`\n${END}\n\nAfter\n`)).toBe(true);
    expect(made).not.toContain('stale');
    expect(made).toContain('SECRET_KEY');
    expect(render(made)).toBe(made);
  });

  it.each([
    ['none', '# README\n'],
    ['an empty file', ''],
    ['only the first', `a ${BEGIN} b`],
    ['only the last', `a ${END} b`],
    ['the last first', `a ${END} b ${BEGIN} c`],
  ])('marks lost (%s): says so instead of writing over the text', (_, committed) => {
    expect(() => render(committed)).toThrow('marks');
  });

  it('keeps what follows, whatever it says of the marks', () => {
    expect(render(`${readme('')}Run config --write to fill ${END}.\n`)).toContain(`to fill ${END}.\n`);
  });
});
