import 'reflect-metadata';
import { Command } from 'commander';
import { accessCatalogue } from './access/index.js';
import { createApp } from './app.js';
import { addAuditCommands } from './audit-commands.js';
import { addClientCommands } from './client-commands.js';
import { addDatabaseCommands } from './database-commands.js';
import { describeApp } from './document.js';
import { EX_USAGE, exitCodeOf, explain } from './exit-codes.js';
import { accessLockOf, CONFIGURATION, documentOf, staleness, write, type Generated } from './generated.js';
import { addKeyCommands } from './key-commands.js';
import { describeVariables, loadConfiguration, renderConfigurationTable } from './platform/config/index.js';
import { print, printJson, type OutputOptions } from './terminal.js';
import { addUserCommands } from './user-commands.js';

interface GeneratedOptions extends Pick<OutputOptions, 'json'> {
  readonly check?: true;
  readonly write?: true;
}

const program = new Command('sumun')
  .description('Sumun: JWT authentication for REST APIs')
  .addHelpText(
    'after',
    '\nExit codes are listed in docs/commands.md. Through npm, put "--" before the options: npm run routes -- --check',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EX_USAGE));

generates('routes', 'Print who may reach what, a line a route', 'access.lock', async (options) => {
  const app = await undecidedApp();
  if (comparesOrWrites(options)) return produce([accessLockOf(app)], options);
  if (!options.json) return print(accessLockOf(app).render(''));
  app.get(accessCatalogue.AccessCatalogue).entries.map(accessCatalogue.describeEntry).forEach(printJson);
});

generates('openapi', 'Print the OpenAPI document', 'openapi.json', async (options) => {
  const app = await undecidedApp();
  if (comparesOrWrites(options)) return produce([documentOf(app)], options);
  if (options.json) printJson(describeApp(app));
  else print(documentOf(app).render(''));
});

generates('config', 'Print the table of configuration variables', 'README.md and .env', (options) => {
  if (comparesOrWrites(options)) return produce(CONFIGURATION, options);
  if (options.json) describeVariables().forEach(printJson);
  else print(renderConfigurationTable());
});

addUserCommands(program);
addClientCommands(program);
addKeyCommands(program);
addDatabaseCommands(program);
addAuditCommands(program);

/** A command that prints what the code makes, and compares or writes the committed file. */
function generates(
  name: string,
  description: string,
  files: string,
  run: (options: GeneratedOptions) => Promise<void> | void,
): void {
  program
    .command(name)
    .description(description)
    .option('--check', `exit 1, saying what differs, where ${files} is stale`)
    .option('--write', `bring ${files} up to date`)
    .option(
      '--json',
      'print it as JSON, a line for each entry; with --check and --write what is stale, or written',
    )
    .action(run);
}

function comparesOrWrites({ check, write }: GeneratedOptions): boolean {
  return check ?? write ?? false;
}

function produce(generated: readonly Generated[], options: GeneratedOptions): void {
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

/** The app as it is by default, with a fixed issuer: the same on every machine, and with nothing opened. */
function undecidedApp() {
  return createApp(
    loadConfiguration({ ISSUER: 'https://auth.example.com', LOG_LEVEL: 'silent' }, import.meta.dirname),
  );
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
