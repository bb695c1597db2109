import { VARIABLES, type Variable } from './variables.js';

const ENTRIES: ReadonlyArray<readonly [string, Variable<unknown>]> = Object.entries(VARIABLES);

/** The table of variables that the README holds, in Markdown as Prettier lays it out. */
export function renderConfigurationTable(): string {
  const rows = ENTRIES.map(([name, variable]) => [
    `\`${name}\`${variable.secret ? ` (or \`${name}_FILE\`)` : ''}`,
    defaultText(variable),
    variable.meaning,
  ]);
  const table = [['variable', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const [head, ...body] = table.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body, ''].join('\n');
}

/** The committed `.env`: every variable as a comment, none of them set, and no secret. */
export function renderDotEnv(): string {
  const blocks = ENTRIES.filter(([name]) => name !== 'NODE_ENV').map(([name, variable]) =>
    [
      `# ${variable.meaning}`,
      `# default: ${defaultText(variable)}`,
      `#${name}=${variable.secret ? '' : plainDefault(variable)}`,
    ].join('\n'),
  );
  return [
    '# Development settings, read only when NODE_ENV is unset, development or test.',
    '# What is set in the environment wins. Secrets do not belong here: development secrets are made at the',
    '# first start under DATA_DIR, and NAME_FILE gives a secret as the path of a file.',
    '# Generated from the table of variables.',
    '',
    blocks.join('\n\n'),
    '',
  ].join('\n');
}

function plainDefault({ fallback, example }: Variable<unknown>): string {
  if (fallback === undefined) return example;
  return typeof fallback === 'string' ? fallback : fallback.development;
}

function defaultText({ fallback, absent }: Variable<unknown>): string {
  if (fallback === undefined) return absent ?? 'none';
  if (typeof fallback === 'string') return `\`${fallback}\``;
  return `\`${fallback.development}\`; \`${fallback.production}\` in production`;
}
