import type { Command } from 'commander';
import type { Generated } from './generated.js';
import { print, printJson, type OutputOptions } from './terminal.js';

interface GeneratedOptions extends Pick<OutputOptions, 'json'> {
  readonly check?: true;
  readonly write?: true;
}

/** The commands that print what the code makes, and compare or write the committed files. */
export function addGeneratingCommands(program: Command): void {
  const generates = (name: string, description: string, files: string) =>
    program
      .command(name)
      .description(description)
      .option('--check', `exit 1, saying what differs, where ${files} is stale`)
      .option('--write', `bring ${files} up to date`)
      .option(
        '--json',
        'print it as JSON, a line for each entry; with --check and --write what is stale, or written',
      );
  generates('routes', 'Print who may reach what, a line a route', 'access.lock').action(routes);
  generates('openapi', 'Print the OpenAPI document', 'openapi.json').action(openapi);
  generates('config', 'Print the table of configuration variables', 'README.md and .env').action(config);
}

async function routes(options: GeneratedOptions): Promise<void> {
  const { accessLockOf, accessLinesOf, undecidedApp } = await import('./generated.js');
  const app = await undecidedApp();
  if (comparesOrWrites(options)) return produce([accessLockOf(app)], options);
  if (options.json) accessLinesOf(app).forEach(printJson);
  else print(accessLockOf(app).render(''));
}

async function openapi(options: GeneratedOptions): Promise<void> {
  const { documentOf, undecidedApp } = await import('./generated.js');
  const document = documentOf(await undecidedApp());
  if (comparesOrWrites(options)) return produce([document], options);
  if (options.json) printJson(JSON.parse(document.render('')));
  else print(document.render(''));
}

async function config(options: GeneratedOptions): Promise<void> {
  if (comparesOrWrites(options)) return produce((await import('./generated.js')).CONFIGURATION, options);
  const { describeVariables, renderConfigurationTable } = await import('./platform/config/index.js');
  if (options.json) describeVariables().forEach(printJson);
  else print(renderConfigurationTable());
}

function comparesOrWrites({ check, write }: GeneratedOptions): boolean {
  return check ?? write ?? false;
}

async function produce(generated: readonly Generated[], options: GeneratedOptions): Promise<void> {
  const { staleness, write } = await import('./generated.js');
  if (options.check) return report(generated.flatMap(staleness), options);
  generated.forEach(write);
  if (options.json) printJson({ written: generated.map(({ file }) => file) });
}

function report(stale: readonly string[], { json }: GeneratedOptions): void {
  if (stale.length > 0) process.exitCode = 1;
  if (json) return printJson({ stale });
  if (stale.length === 0) return;
  print(`${stale.join('\n')}\nIf this is meant, bring it up to date with --write and commit it.\n`);
}
