import type { Language } from '../problem/index.js';
import type { Variable } from './variable.js';
import { VARIABLES } from './variables.js';

const ENTRIES: ReadonlyArray<readonly [string, Variable<unknown>]> = Object.entries(VARIABLES);

const HEAD: Record<Language, string> = {
  en: '| variable | default | meaning |',
  ko: '| 변수 | 기본값 | 의미 |',
};

/** The table of variables that the READMEs hold, in Markdown; a line a variable, so that a change is one line. */
export function renderConfigurationTable(language: Language = 'en'): string {
  const rows = ENTRIES.map(([name, variable]) => {
    const names = variable.secret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``;
    return `| ${names} | ${defaultText(variable, language)} | ${variable.meaning[language]} |`;
  });
  return [HEAD[language], '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The variables for programs; `default` is null where there is none, and a pair where production differs. */
export function describeVariables(): object[] {
  return ENTRIES.map(([name, { fallback, meaning, secret, environmentOnly }]) => ({
    name,
    default: fallback ?? null,
    meaning: meaning.en,
    secret: secret ?? false,
    environment_only: environmentOnly ?? false,
  }));
}

/** The committed `.env`: every variable as a comment, none of them set, and no secret. */
export function renderDotEnv(): string {
  const blocks = ENTRIES.filter(([, { environmentOnly }]) => !environmentOnly).map(([name, variable]) =>
    [
      `# ${variable.meaning.en}`,
      `# default: ${defaultText(variable, 'en')}`,
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

function defaultText({ fallback, absent }: Variable<unknown>, language: Language): string {
  if (fallback === undefined) return absent![language];
  if (typeof fallback === 'string') return `\`${fallback}\``;
  const { development, production } = fallback;
  return language === 'en'
    ? `\`${development}\`; \`${production}\` in production`
    : `\`${development}\`. 운영 환경에서는 \`${production}\``;
}
