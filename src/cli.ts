import 'reflect-metadata';
import { Command } from 'commander';
import { createApp } from './app.js';
import { addAuditCommands } from './audit-commands.js';
import { addClientCommands } from './client-commands.js';
import { addDatabaseCommands } from './database-commands.js';
import { EX_USAGE, exitCodeOf, explain } from './exit-codes.js';
import { accessLockOf, CONFIGURATION, documentOf, staleness, write, type Generated } from './generated.js';
import { addKeyCommands } from './key-commands.js';
import { loadConfiguration, renderConfigurationTable } from './platform/config/index.js';
import { print } from './terminal.js';
import { addUserCommands } from './user-commands.js';

interface GeneratedOptions {
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
  produce([accessLockOf(await undecidedApp())], options);
});

generates('openapi', 'Print the OpenAPI document', 'openapi.json', async (options) => {
  produce([documentOf(await undecidedApp())], options);
});

generates('config', 'Print the table of configuration variables', 'README.md and .env', (options) => {
  if (options.check ?? options.write) produce(CONFIGURATION, options);
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
    .action(run);
}

function produce(generated: readonly Generated[], options: GeneratedOptions): void {
  if (options.check) return report(generated.flatMap(staleness));
  if (options.write) return generated.forEach(write);
  generated.forEach(({ render }) => print(render('')));
}

function report(stale: readonly string[]): void {
  if (stale.length === 0) return;
  print(`${stale.join('\n')}\nIf this is meant, bring it up to date with --write and commit it.\n`);
  process.exitCode = 1;
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
