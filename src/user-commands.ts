import type { Command } from 'commander';
import type { RolesOfUser } from './admin/index.js';
import type { PasswordSet } from './auth/index.js';
import type { rolesList } from './roles/index.js';
import { withExistingService, withService } from './service-commands.js';
import { print, printJson, printTable, Progress, type OutputOptions } from './terminal.js';
import type { usersList } from './users/index.js';

/** How many accounts --all asks for at once: the most that the service gives. */
const ALL_AT_ONCE = 500;

/** The commands about accounts, which run inside the service where one holds the database. */
export function addUserCommands(program: Command): void {
  program
    .command('users:create')
    .argument('<email>', "the account's address")
    .option('--name <name>', "the person's name")
    .option('--json', 'print the user as JSON')
    .description('Make an account; the password is asked for, or read from standard input')
    .action(createUser);
  program
    .command('users:list')
    .option('--limit <number>', 'how many at most', '20')
    .option('--after <id>', 'go on after the user with this id')
    .option('--all', 'all of them, however many')
    .option('--json', 'print a line of JSON for each')
    .option('--progress', 'say on standard error how many are done, also where that is no terminal')
    .description('List accounts in the order in which they were made')
    .action(listUsers);
  program
    .command('users:set-password')
    .argument('<email>', "the account's address")
    .option('--json', 'print what was done as JSON')
    .description(
      'Set a password and end all sessions of the account; the password is asked for, or read from standard input',
    )
    .action(setPassword);
  addRoleCommands(program);
}

function addRoleCommands(program: Command): void {
  program
    .command('users:grant')
    .argument('<email>', "the account's address")
    .argument('<role>', 'the name of a role; admin holds every permission')
    .option('--json', 'print the roles of the user as JSON')
    .description('Give a role to a user; the first admin is made so')
    .action((email: string, role: string, output: OutputOptions) =>
      changeRole('users:grant', email, role, output),
    );
  program
    .command('users:revoke')
    .argument('<email>', "the account's address")
    .argument('<role>', 'the name of a role')
    .option('--json', 'print the roles of the user as JSON')
    .description('Take a role from a user; the last admin keeps it')
    .action((email: string, role: string, output: OutputOptions) =>
      changeRole('users:revoke', email, role, output),
    );
  program
    .command('roles:list')
    .option('--json', 'print a line of JSON for each')
    .description('List the roles and the permissions that they grant')
    .action(listRoles);
}

async function changeRole(
  command: string,
  email: string,
  role: string,
  { json }: OutputOptions,
): Promise<void> {
  const user = (await withExistingService((run) => run(command, { email, role }))) as RolesOfUser;
  if (json) printJson(user);
  else print(`${user.email} has the roles: ${user.roles.join(', ') || 'none'}.\n`);
}

async function listRoles({ json }: OutputOptions): Promise<void> {
  const roles = (await withExistingService((run) => run('roles:list', {}))) as rolesList.RoleLine[];
  if (json) return roles.forEach(printJson);
  printTable(
    ['name', 'built_in', 'created_at', 'permissions'],
    roles.map(({ name, built_in, created_at, permissions }) => [
      name,
      built_in ? 'yes' : 'no',
      created_at,
      permissions.join(' '),
    ]),
  );
}

async function createUser(email: string, { name, json }: OutputOptions & { name?: string }): Promise<void> {
  const password = await (await import('./ask-password.js')).askPassword();
  const user = (await withService((run) => run('users:create', { email, name, password }))) as {
    id: string;
    email: string;
  };
  if (json) printJson(user);
  else print(`Made the account of ${user.email}, ${user.id}.\n`);
}

async function setPassword(email: string, { json }: OutputOptions): Promise<void> {
  const password = await (await import('./ask-password.js')).askPassword();
  const done = (await withExistingService((run) =>
    run('users:set-password', { email, password }),
  )) as PasswordSet;
  if (json) return printJson(done);
  print(`Set the password of ${done.email}, and ended ${done.sessions_ended} session(s) of the account.\n`);
}

interface ListOptions extends OutputOptions {
  readonly limit: string;
  readonly after?: string;
  readonly all?: true;
}

async function listUsers({ limit, after, all, ...output }: ListOptions): Promise<void> {
  const progress = new Progress(output);
  await withExistingService(async (run) => {
    const size = all ? ALL_AT_ONCE : Number(limit);
    let last = after;
    for (let listed = 0; ;) {
      const users = (await run('users:list', { limit: size, after: last })) as usersList.UserLine[];
      if (output.json) users.forEach(printJson);
      else if (users.length > 0 || listed === 0) tabulate(users);
      listed += users.length;
      last = users.at(-1)?.id;
      if (!all) return users.length === size ? hintAt(last, output) : undefined;
      progress.tell(`${listed} accounts`);
      if (users.length < size) return progress.done();
    }
  });
}

/** On standard error, so that it is in nobody's file. */
function hintAt(last: string | undefined, { json }: OutputOptions): void {
  if (last && !json) process.stderr.write(`There may be more: go on with --after ${last}, or take --all.\n`);
}

function tabulate(users: readonly usersList.UserLine[]): void {
  printTable(
    ['id', 'email', 'roles', 'created_at', 'disabled'],
    users.map(({ id, email, roles, created_at, disabled }) => [
      id,
      email,
      roles.join(','),
      created_at,
      disabled ? 'yes' : 'no',
    ]),
  );
}
