import { Command } from 'commander';
import { addAuditCommands } from './audit-commands.js';
import { addClientCommands } from './client-commands.js';
import { addDatabaseCommands } from './database-commands.js';
import { addGeneratingCommands } from './generated-commands.js';
import { addKeyCommands } from './key-commands.js';
import { EX_USAGE } from './sysexits.js';
import { addUserCommands } from './user-commands.js';

// What a command needs of the service it loads when it runs: help is there at once.

const program = new Command('sumun')
  .description('Sumun: JWT authentication for REST APIs')
  .addHelpText(
    'after',
    '\nExit codes are listed in docs/commands.md. Through npm, put "--" before the options: npm run routes -- --check',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EX_USAGE));

addGeneratingCommands(program);
addUserCommands(program);
addClientCommands(program);
addKeyCommands(program);
addDatabaseCommands(program);
addAuditCommands(program);

program.parseAsync().catch(async (error: unknown) => {
  const { exitCodeOf, explain } = await import('./exit-codes.js');
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
