import type { Command } from 'commander';
import type { keyCommands } from './keys/index.js';
import { withExistingService } from './service-commands.js';
import { print, printJson, printTable, type OutputOptions } from './terminal.js';

/** The commands about signing keys, which run inside the service where one holds the database. */
export function addKeyCommands(program: Command): void {
  program
    .command('keys:list')
    .option('--json', 'print a line of JSON for each')
    .description('List the signing keys; the private halves are not shown')
    .action(list);
  program
    .command('keys:rotate')
    .option('--json', 'print what was done as JSON')
    .description('Have the next key sign, and retire the current one, which verifies what it signed')
    .action(rotate);
  program
    .command('keys:revoke')
    .argument('<kid>', 'the key, as keys:list names it')
    // A thumbprint is base64url: one in 64 begins with "-", and is no option.
    .allowUnknownOption()
    .option('--json', 'print what was done as JSON')
    .description('Take a compromised key out at once: what it signed is refused')
    .action(revoke);
  program
    .command('keys:rewrap')
    .option('--json', 'print what was done as JSON')
    .description('After a change of SECRET_KEY: seal the signing keys under the one of now')
    .action(rewrap);
}

async function list({ json }: OutputOptions): Promise<void> {
  const keys = (await withExistingService((run) => run('keys:list', {}))) as keyCommands.KeyLine[];
  if (json) return keys.forEach(printJson);
  printTable(
    ['kid', 'algorithm', 'stage', 'created_at', 'keep_until'],
    keys.map(({ kid, algorithm, stage, created_at, keep_until }) => [
      kid,
      algorithm,
      stage,
      created_at,
      keep_until ?? '',
    ]),
  );
}

async function rotate({ json }: OutputOptions): Promise<void> {
  const rotated = (await withExistingService((run) => run('keys:rotate', {}))) as keyCommands.Rotated;
  if (json) return printJson(rotated);
  const { signs, next, retired } = rotated;
  if (signs !== null) print(`${signs} signs now; ${next} is published to sign after it.\n`);
  retired.forEach((kid) => print(`${kid} is retired: it verifies until what it signed has expired.\n`));
}

async function revoke(kid: string, { json }: OutputOptions): Promise<void> {
  const revoked = (await withExistingService((run) => run('keys:revoke', { kid }))) as keyCommands.Revoked;
  if (json) return printJson(revoked);
  print(
    `${kid} is out: what it signed is refused here, and by other verifiers when they next fetch the keys.\n`,
  );
  if (revoked.signs !== null)
    print(`${revoked.signs} signs now. Nobody is signed out: a refresh gives a new token.\n`);
}

async function rewrap({ json }: OutputOptions): Promise<void> {
  const rewrapped = (await withExistingService((run) => run('keys:rewrap', {}))) as keyCommands.Rewrapped;
  if (json) return printJson(rewrapped);
  const { kids, secret_key } = rewrapped;
  print(`All signing keys are sealed under the SECRET_KEY ${secret_key}: ${kids.length} sealed anew.\n`);
}
