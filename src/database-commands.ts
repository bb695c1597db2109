import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Configuration } from './platform/config/index.js';
import { configured } from './service-commands.js';
import { UsageError } from './sysexits.js';
import { print, printJson, Progress, type OutputOptions } from './terminal.js';

/** The commands about the embedded database as a whole. */
export function addDatabaseCommands(program: Command): void {
  const add = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'print what was done as JSON')
      .option('--progress', 'say on standard error how far it is, also where that is no terminal');
  add('db:backup', 'Write a backup of the embedded database, also beside a running service')
    .requiredOption('--to <file>', 'the file to write; one that is there is not overwritten')
    .action(backUp);
  add('db:restore', 'Make the embedded database from a backup, in a DATA_DIR that has none')
    .requiredOption('--from <file>', 'a file that db:backup has written')
    .action(restore);
  add('db:move', 'Copy the embedded database into an empty PostgreSQL database; the service must be stopped')
    .requiredOption('--to <url>', 'postgres://… ; leave the password out and give it as PGPASSWORD')
    .action(move);
}

async function backUp({ to, ...output }: OutputOptions & { to: string }): Promise<void> {
  const { databaseUrl, dataDir } = await configured();
  if (databaseUrl !== undefined) {
    throw new UsageError(
      'DATABASE_URL names a PostgreSQL server: back that up with pg_dump. db:backup is for the embedded database.',
    );
  }
  const file = resolve(to);
  const progress = new Progress(output);
  progress.tell(`Backing up ${dataDir} …`);
  const { embeddedData } = await import('./platform/database/index.js');
  const beside = embeddedData.isHeld(dataDir);
  if (beside)
    await (await import('./platform/control/index.js')).runInService(dataDir, 'db:backup', { to: file });
  else await embeddedData.backUp(dataDir, file);
  progress.done();
  if (output.json) return printJson({ file, beside_running_service: beside });
  print(`Wrote ${file}. It holds password hashes, and no SECRET_KEY: keep both safe, and apart.\n`);
}

async function restore({ from, ...output }: OutputOptions & { from: string }): Promise<void> {
  const { databaseUrl, dataDir } = await configured();
  if (databaseUrl !== undefined) {
    throw new UsageError('DATABASE_URL names a PostgreSQL server: restore that with pg_restore.');
  }
  const progress = new Progress(output);
  progress.tell(`Restoring into ${dataDir} …`);
  const { embeddedData } = await import('./platform/database/index.js');
  await embeddedData.restore(dataDir, from);
  progress.done();
  if (output.json) return printJson({ data_dir: dataDir });
  print(`Restored into ${dataDir}. It starts with the SECRET_KEY of the service that was backed up: give that, or
put its secret_key file into ${dataDir}.\n`);
}

async function move({ to, ...output }: OutputOptions & { to: string }): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(to))
    throw new UsageError('--to is a postgres:// or postgresql:// address.');
  const configuration = await configured();
  const { DatabaseInUse, embeddedData } = await import('./platform/database/index.js');
  const progress = new Progress(output);
  const tables = await embeddedData
    .moveTo(configuration.dataDir, to, (table, copied, of) =>
      progress.tell(`${table}: ${copied} of ${of} rows`),
    )
    .catch((error: unknown) => {
      if (error instanceof DatabaseInUse)
        process.stderr.write('Stop the service before you move its data.\n');
      throw error;
    });
  progress.done();
  if (output.json) return printJson({ tables });
  const lines = tables.map(({ name, rows }) => `  ${name}: ${rows} rows\n`);
  print(`Copied ${tables.length} tables, and counted the rows on both sides:\n${lines.join('')}`);
  print(nextSteps(configuration));
}

function nextSteps({ dataDir }: Configuration): string {
  const steps = ['  DATABASE_URL=<the address given to --to>'];
  const carry = (name: string, file: string) => {
    if (existsSync(join(dataDir, file))) steps.push(`  ${name}="$(cat ${join(dataDir, file)})"`);
    else if (name === 'SECRET_KEY') steps.push('  SECRET_KEY=<the same as before>');
  };
  carry('SECRET_KEY', 'secret_key');
  carry('JWT_SECRET', 'jwt_secret');
  return `Start the service with these, and passwords, sessions and keys go on working:\n${steps.join('\n')}
${dataDir} is as it was; do not start a service on it again, or the two drift apart.\n`;
}
