import { partsOf } from './documented-commands.js';

/** A line that stands in every language of a text, as far as it is the same in all of them. */
interface Fixture {
  readonly line: number;
  readonly shows: string;
}

const HEADING = /^(#{1,6}) /;
const RULE = /^\|[\s:|-]+\|$/;
/** What code says to people. */
const REMARK = /(^|\s)(#|\/\/)\s.*$/;

/** Headings by their level, code without its remarks, table rows by their first column and how many they have. */
function fixturesOf(text: string): Fixture[] {
  return partsOf(text).flatMap(({ line: first, language, text: part }) => {
    const lines = part.split('\n');
    const shows = language === undefined ? lines.map(shownInProse(lines)) : lines.map(shownInCode);
    return shows.flatMap((show, i) => (show === undefined ? [] : [{ line: first + i, shows: show }]));
  });
}

const shownInCode = (line: string): string | undefined => line.replace(REMARK, '').trimEnd() || undefined;

function shownInProse(lines: readonly string[]): (line: string, at: number) => string | undefined {
  return (line, at) => {
    const level = HEADING.exec(line)?.[1];
    if (level !== undefined) return `${level} …`;
    if (!line.startsWith('|')) return undefined;
    const cells = line.replace(/\s*\|\s*$/, '').split(/(?<!\\)\|/);
    const ofWords = RULE.test(line) || RULE.test(lines[at + 1] ?? ''); // the head of a table is translated
    return `| ${ofWords ? '…' : cells[1]!.trim()} | … in ${cells.length - 1} columns`;
  };
}

/** The first line in which two languages of one text part; undefined where they say the same. */
export function firstDifference(one: NamedText, other: NamedText): string | undefined {
  const [here, there] = [fixturesOf(one.text), fixturesOf(other.text)];
  const at = here.findIndex(({ shows }, i) => shows !== there[i]?.shows);
  const differs = at === -1 ? here.length : at;
  if (differs === here.length && differs === there.length) return undefined;
  return `${told(one.name, here[differs])}, but ${told(other.name, there[differs])}`;
}

/** A text, and what its messages call it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

const told = (name: string, found?: Fixture): string =>
  found === undefined ? `${name} has ended` : `${name}:${found.line} has "${found.shows}"`;

/** The files that a text links to, as they are written. */
export function linksIn(text: string): string[] {
  const prose = partsOf(text).filter(({ language }) => language === undefined);
  const targets = prose.flatMap((part) => [...part.text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]);
  return targets.map(([, target]) => target!).filter((target) => !/^[a-z]+:/.test(target));
}
