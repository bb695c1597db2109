import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { administer } from './databases.js';
import { freePort } from './ports.js';
import { Program } from './programs.js';

const DEBIAN = '/usr/lib/postgresql';
/** Few, so that strangers can take them all; two nodes need up to 24. */
const MAX_CONNECTIONS = 40;
const SETTINGS = ['fsync=on', `max_connections=${MAX_CONNECTIONS}`, 'unix_socket_directories='];
/** What ends it, and how. */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' };

/** A PostgreSQL cluster of its own, in an empty folder, on a free port. */
export class PostgresServer {
  #folder;
  #port;
  #program;

  static async start(folder) {
    const server = new PostgresServer();
    server.#folder = join(folder, 'postgres');
    server.#port = await freePort();
    if (owner()) chownSync(folder, owner().uid, owner().gid);
    const args = ['-D', server.#folder, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale'];
    execFileSync(binary('initdb'), args, { ...owner(), cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    await server.start();
    return server;
  }

  async start() {
    const settings = [`port=${this.#port}`, 'listen_addresses=127.0.0.1', ...SETTINGS];
    const args = ['-D', this.#folder, ...settings.flatMap((setting) => ['-c', setting])];
    const env = { PATH: process.env.PATH };
    this.#program = new Program(binary('postgres'), args, { ...owner(), cwd: this.#folder, env });
    await this.#program.until(() => this.#answers(), 'it does not answer');
  }

  /** @param how `fast` rolls back what is under way; `immediate` is a crash, of which the next start recovers */
  async stop(how) {
    await this.#program?.end(SIGNALS[how]);
  }

  /** Where a role of that name finds a database; by default what may do everything. */
  url(role = 'postgres', database = 'postgres') {
    return `postgres://${role}@127.0.0.1:${this.#port}/${database}`;
  }

  /** One statement by what may do everything. */
  administer(statement, database) {
    return administer(this.url('postgres', database), statement);
  }

  #answers() {
    return this.administer('SELECT 1').then(
      () => true,
      () => false,
    );
  }
}

/** It refuses to run as root: there, whom the package made for it. */
function owner() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what) => Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout || NaN);
  const [uid, gid] = [id('-u'), id('-g')];
  if (Number.isNaN(uid)) throw new Error('PostgreSQL does not run as root, and there is no user postgres.');
  return { uid, gid };
}

function binary(name) {
  if (spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) return name;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (!newest) throw new Error(`Missing on this machine: ${name}`);
  return join(DEBIAN, newest, 'bin', name);
}
