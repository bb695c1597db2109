import type { Command } from 'commander';
import type { clientsCommands } from './clients/index.js';
import { withExistingService } from './service-commands.js';
import { print, printJson, printTable, type OutputOptions } from './terminal.js';

/** The commands about registered clients, which run inside the service where one holds the database. */
export function addClientCommands(program: Command): void {
  program
    .command('clients:create')
    .requiredOption('--audience <aud>', 'the tokens that are its business: one of those in AUDIENCE')
    .requiredOption('--may <actions>', 'what it may do: introspect, revoke, or both with a comma between')
    .option('--name <name>', 'what to call it in the list')
    .option('--json', 'print the client and its secret as JSON')
    .description('Register a client that asks about tokens, or revokes them; its secret is shown this once')
    .action(createClient);
  program
    .command('clients:list')
    .option('--json', 'print a line of JSON for each')
    .description('List the registered clients; secrets are not shown, for none is kept')
    .action(listClients);
  program
    .command('clients:delete')
    .argument('<id>', "the client's id, as the list shows it")
    .option('--json', 'print the client as JSON')
    .description('Delete a client: its credentials are refused from the next request on')
    .action(deleteClient);
}

interface CreateOptions extends OutputOptions {
  readonly audience: string;
  readonly may: string;
  readonly name?: string;
}

async function createClient({ audience, may, name, json }: CreateOptions): Promise<void> {
  const input = { audience, may: may.split(',').map((one) => one.trim()), name };
  const client = (await withExistingService((run) =>
    run('clients:create', input),
  )) as clientsCommands.CreatedClientLine;
  if (json) return printJson(client);
  const { client_id, client_secret } = client;
  print(`Registered a client of ${client.audience} that may ${client.may.join(' and ')}.\n\n`);
  print(`client_id:     ${client_id}\nclient_secret: ${client_secret}\n\n`);
  print('Keep the secret now: it is not shown again.\n');
}

async function listClients({ json }: OutputOptions): Promise<void> {
  const clients = (await withExistingService((run) =>
    run('clients:list', {}),
  )) as clientsCommands.ClientLine[];
  if (json) return clients.forEach(printJson);
  printTable(
    ['client_id', 'name', 'audience', 'may', 'created_at'],
    clients.map(({ client_id, name, audience, may, created_at }) => [
      client_id,
      name ?? '',
      audience,
      may.join(','),
      created_at,
    ]),
  );
}

async function deleteClient(id: string, { json }: OutputOptions): Promise<void> {
  const client = (await withExistingService((run) =>
    run('clients:delete', { id }),
  )) as clientsCommands.ClientLine;
  if (json) printJson(client);
  else print(`Deleted the client ${client.client_id}.\n`);
}
