import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigurationTable } from '../../../src/platform/config/index.js';
import { ROOT } from './program.js';

const FENCE = /^```(\w*)\n([^]*?)^```$/gm;
const SHELL = ['bash', 'sh', 'console', 'shell', 'zsh', ''];
const INLINE = /`((?:npm|npx|node) [^`]+)`/g;
export const WALK_MARK = '<!-- test: walk -->';

/** The texts that tell people what to type. */
export function documents(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return [...top, ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
}

/** A fenced block, or the prose between two of them. */
export interface Part {
  /** Its first line in the text. */
  readonly line: number;
  /** The language of a fenced block, empty where none is named; undefined of prose. */
  readonly language: string | undefined;
  readonly text: string;
}

/** The parts of a text, in their order. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const lineAt = (index: number) => text.slice(0, index).split('\n').length;
  const prose = (to: number) => ({ line: lineAt(end), language: undefined, text: text.slice(end, to) });
  for (const { index, 0: whole, 1: language, 2: block } of text.matchAll(FENCE)) {
    parts.push(prose(index), { line: lineAt(index) + 1, language, text: block! });
    end = index + whole.length;
  }
  return [...parts, prose(text.length)];
}

/** The walks, word for word, and the commands of one text: what its fenced blocks and its inline code hold. */
export function commandsIn(text: string): { walks: string[]; commands: string[] } {
  const walks: string[] = [];
  const commands: string[] = [];
  const inline: string[] = [];
  let before = '';
  for (const { language, text: part } of partsOf(text)) {
    if (language === undefined) {
      before = part.trimEnd();
      inline.push(...[...part.matchAll(INLINE)].map(([, code]) => code!));
    } else if (SHELL.includes(language)) {
      if (before.endsWith(WALK_MARK)) walks.push(part);
      else commands.push(...linesOf(part));
    }
  }
  return { walks, commands: [...commands, ...inline] };
}

function linesOf(block: string): string[] {
  const lines = block.replace(/\s*\\\n\s*/g, ' ').split('\n');
  const typed = lines.map((line) => line.replace(/^\$ /, '').replace(/(?:^|\s)#.*$/, ''));
  return typed.map((line) => line.trim()).filter(Boolean);
}

/** A use of the command line, for the caller to hold against its `--help`. */
export interface CliUse {
  readonly name: string;
  readonly options: readonly string[];
}

/** What cannot be proven of a line: what is missing, or that nobody knows how to prove it. */
export class Prover {
  readonly cliUses: CliUse[] = [];
  private readonly scripts = (
    JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  ).scripts;
  private readonly variables = new Set([
    'TEST_DATABASE_URL',
    ...[...renderConfigurationTable().matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name),
  ]);

  problemsOf(line: string): string[] {
    return line.split(/\s*(?:&&|;)\s*/).flatMap((command) => this.problemsOfOne(command, line));
  }

  private problemsOfOne(command: string, line: string): string[] {
    const words = command.split(/\s+/);
    const problems: string[] = [];
    for (let name; (name = /^([A-Z][A-Z_]*)=/.exec(words[0] ?? '')?.[1]); words.shift()) {
      if (!this.variables.has(name)) problems.push(`${name} is no variable: ${line}`);
    }
    const [program = '', ...args] = words;
    if (program === 'npm') return [...problems, ...this.npm(args, line)];
    if (program === 'node') return [...problems, ...this.node(args, line)];
    const own = program.includes('/') ? join(ROOT, program) : join(ROOT, 'node_modules', '.bin', program);
    return isExecutable(own) ? problems : [...problems, `cannot be proven: ${line}`];
  }

  private npm([verb = '', ...rest]: string[], line: string): string[] {
    if (verb === 'ci' && rest.length === 0) return [];
    const words = verb === 'run' ? rest.filter((word) => word !== '--silent') : [verb, ...rest];
    const [name = '', dashes, ...args] = words;
    const script = this.scripts[name];
    if (script === undefined || (verb !== 'run' && !['start', 'test'].includes(verb))) {
      return [`package.json has no such script: ${line}`];
    }
    if (dashes !== undefined && dashes !== '--') return [`npm would keep the options to itself: ${line}`];
    return this.problemsOf([script, ...args].join(' '));
  }

  private node(args: string[], line: string): string[] {
    const at = args.findIndex((word) => !word.startsWith('-'));
    const path = args[at];
    if (path === undefined || !existsSync(join(ROOT, path))) return [`there is no such program: ${line}`];
    if (path !== 'dist/cli.js') return [];
    const [name = '', ...rest] = args.slice(at + 1);
    this.cliUses.push({ name, options: rest.filter((word) => word.startsWith('--')) });
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
