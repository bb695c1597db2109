import { readFileSync, writeFileSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { accessCatalogue } from './access/index.js';
import { createApp } from './app.js';
import { describeApp } from './document.js';
import { loadConfiguration, renderConfigurationTable, renderDotEnv } from './platform/config/index.js';
import type { Language } from './platform/problem/index.js';

/** A committed file, or a part of one, that is made from the code. */
export interface Generated {
  readonly file: string;
  /** What the file should be, given what it is. */
  readonly render: (committed: string) => string;
  /** The difference in words, where the file can say it. */
  readonly changes?: (committed: string, current: string) => string[];
}

/** The app as it is by default, with a fixed issuer: the same on every machine, and with nothing opened. */
export function undecidedApp(): Promise<NestFastifyApplication> {
  return createApp(
    loadConfiguration({ ISSUER: 'https://auth.example.com', LOG_LEVEL: 'silent' }, import.meta.dirname),
  );
}

export function accessLockOf(app: NestFastifyApplication): Generated {
  const { entries } = app.get(accessCatalogue.AccessCatalogue);
  return {
    file: 'access.lock',
    render: () => accessCatalogue.renderLock(entries),
    changes: accessCatalogue.describeChanges,
  };
}

/** The same for programs. */
export function accessLinesOf(app: NestFastifyApplication): object[] {
  return app.get(accessCatalogue.AccessCatalogue).entries.map(accessCatalogue.describeEntry);
}

export function documentOf(app: NestFastifyApplication): Generated {
  return { file: 'openapi.json', render: () => `${JSON.stringify(describeApp(app), null, 2)}\n` };
}

const BEGIN = '<!-- configuration: begin -->\n<!-- prettier-ignore-start -->';
const END = '<!-- prettier-ignore-end -->\n<!-- configuration: end -->';

/** The table of variables stands between two marks in each README, which Prettier leaves as they are. */
export const CONFIGURATION: readonly Generated[] = [
  { file: 'README.md', render: (committed) => withTable(committed, 'en') },
  { file: 'README.ko.md', render: (committed) => withTable(committed, 'ko') },
  { file: '.env', render: renderDotEnv },
];

function withTable(committed: string, language: Language): string {
  const begin = committed.indexOf(BEGIN);
  const end = committed.indexOf(END, begin);
  // With one mark alone, the text around it would be doubled or lost.
  if (begin === -1 || end === -1) throw new Error(`A README has lost its marks ${BEGIN} and ${END}.`);
  const [before, after] = [committed.slice(0, begin), committed.slice(end)];
  return `${before}${BEGIN}\n\n${renderConfigurationTable(language)}\n${after}`;
}

/** Brings the file up to date. */
export function write({ file, render }: Generated): void {
  writeFileSync(file, render(read(file)));
}

/** What is stale, a line each; empty where the committed file is current. */
export function staleness({ file, render, changes }: Generated): string[] {
  const committed = read(file);
  const current = render(committed);
  if (committed === current) return [];
  const words = changes?.(committed, current) ?? [];
  return words.length > 0
    ? words.map((change) => `${file}: ${change}`)
    : [`${file} is not what the code makes.`];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
