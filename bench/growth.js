// npm run bench:growth: what a sign-in, a refresh, a sign-out, a list and a search cost with a thousand users, and with
// a million. Ratios within one run.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hash } from '@node-rs/argon2';
import pg from 'pg';
import { fill, PASSWORD, Population, SESSIONS_EACH } from './population.js';
import { FIRST_CORE, PINNING, startLoad, startServer, unlessStopped } from './processes.js';
import { get, interleave, json, progress } from './requests.js';
import { median, spread } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    /** A PostgreSQL server on which databases may be made; the role must be its superuser. */
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
    sizes: { type: 'string', default: '1000,100000,1000000' },
    rounds: { type: 'string', default: '16' },
    /** Of each kind, on each database, in each round. */
    requests: { type: 'string', default: '60' },
  },
});
const SIZES = options.sizes.split(',').map(Number);
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
/** Rounds that only warm up: compilers and caches. */
const WARM_UP = 5;
const AIM = 1.2;
/** The cheapest that argon2 allows: a hash is apart. */
const ARGON2 = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** What each operation sends, of users drawn at random; every user is as likely, so nothing stays warm for long. */
const OPERATIONS = {
  'login, hash apart': {
    status: '200',
    requests: ({ population }) =>
      times(() => {
        const { email } = population.nameOf(population.anyUser());
        return json('/auth/login', JSON.stringify({ email, password: PASSWORD }));
      }),
  },
  refresh: {
    status: '200',
    requests: ({ population }) =>
      times(() => {
        const refresh_token = population.refreshToken(population.anySession());
        return json('/auth/refresh', JSON.stringify({ refresh_token }));
      }),
  },
  'sign-out': {
    status: '204',
    requests: async (node) => (await tokens(node)).map((token) => json('/auth/logout', '', token)),
  },
  'list of sessions': {
    status: '200',
    requests: async (node) => (await tokens(node)).map((token) => get('/auth/sessions', token)),
  },
  'search: a whole address': search(({ email }) => email),
  'search: part of an address': search(({ email }) =>
    email.slice(email.indexOf('.') + 1, email.indexOf('@')),
  ),
  'search: a name': search(({ given, surname }) => `${given} ${surname}`),
};

const times = (make) => Array.from({ length: REQUESTS }, make);

/** Access tokens of sessions that nothing else uses. */
function tokens({ population, server }) {
  return server.ask(
    'tokensOf',
    times(() => ({ ...population.anySession(), roles: ['user'] })),
  );
}

function search(termOf) {
  return {
    status: '200',
    requests: ({ population, admin }) =>
      times(() => {
        const term = termOf(population.nameOf(population.anyUser()));
        return get(`/admin/users?search=${encodeURIComponent(term)}`, admin);
      }),
  };
}

/** Milliseconds and CPU milliseconds a request, one after the other, of the service and of its database together. */
async function measure(node, load, { requests, status }) {
  const batch = await requests(node);
  const before = await cpuOf(node);
  const { statuses, seconds } = await load.send({ port: node.server.port, requests: batch, connections: 1 });
  const after = await cpuOf(node);
  if (statuses[status] !== batch.length)
    throw new Error(`${node.label}: wanted ${batch.length} × ${status}, got ${JSON.stringify(statuses)}`);
  return { ms: (seconds * 1000) / batch.length, cpu: (after - before) / batch.length };
}

/** CPU milliseconds so far. */
async function cpuOf({ server, administrator, name }) {
  const { user, system } = await server.ask('cpu');
  const { rows } = await administrator.query(
    "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
    [name],
  );
  const backends = rows.map(
    ({ pid }) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
  );
  return backends.reduce((sum, one) => sum + one, (user + system) / 1000);
}

const secretKey = randomBytes(32);
const tidy = [];

/** A database of that size with a service on it. */
async function begin(administrator, label, users) {
  progress(`${label}: filling`);
  const name = `sumun_growth_${randomBytes(6).toString('hex')}`;
  await administrator.query(`CREATE DATABASE ${name}`);
  tidy.push(() => administrator.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(options.database);
  url.pathname = `/${name}`;
  const server = await startServer('sumun', environment(url.href), FIRST_CORE);
  tidy.push(() => server.stop());
  const population = new Population(users, secretKey, Date.now());
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const began = performance.now();
  const hashed = await hash(PASSWORD, { algorithm: 2, ...ARGON2 });
  await fill(client, population, hashed).finally(() => client.end());
  const { rows } = await administrator.query('SELECT pg_database_size($1) AS bytes', [name]);
  const gib = (Number(rows[0].bytes) / 2 ** 30).toFixed(2);
  console.log(`${label}: ${gib} GiB, filled in ${Math.round((performance.now() - began) / 1000)} s`);
  const [admin] = await server.ask('tokensOf', [
    { ...population.session(0), roles: ['admin'], permissions: ['user:read'] },
  ]);
  return { label, name, server, population, administrator, admin };
}

function environment(databaseUrl) {
  const directory = mkdtempSync(join(tmpdir(), 'sumun-bench-'));
  tidy.push(() => rmSync(directory, { recursive: true, force: true }));
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: directory,
    SECRET_KEY: secretKey.toString('base64url'),
    LOG_LEVEL: 'error',
    RATE_LIMITS: 'off',
    ACCESS_TOKEN_TTL: '2h',
    PASSWORD_HASH_MEMORY: String(ARGON2.memoryCost),
    PASSWORD_HASH_TIME: String(ARGON2.timeCost),
    PASSWORD_HASH_PARALLELISM: String(ARGON2.parallelism),
  };
}

function table(what, unit, figures, nodes, hashMs) {
  const [smallest, ...others] = nodes;
  const rows = Object.keys(OPERATIONS).map((operation) => {
    const apart = operation === 'login, hash apart' ? hashMs : 0;
    const of = ({ label }) => figures[`${operation}, ${label}`].map((one) => one[unit] - apart);
    const base = of(smallest);
    const ratios = others.map((node) => of(node).map((value, i) => value / base[i]));
    const met = median(ratios.at(-1)) <= AIM ? 'met' : 'missed';
    return `| ${[operation, median(base).toFixed(2), ...ratios.map((one) => spread(one)), met].join(' | ')} |`;
  });
  const heads = [what, `ms, ${smallest.label}`, ...others.map(({ label }) => `× ${label}`), `≤ ${AIM}`];
  console.log(`| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}\n${rows.join('\n')}\n`);
}

async function main() {
  const loadBefore = loadavg()[0].toFixed(1);
  const administrator = new pg.Client({ connectionString: options.database });
  await administrator.connect();
  tidy.push(() => administrator.end());
  const named = SIZES.map((users) => [`${users.toLocaleString('en')} users`, users]);
  const nodes = [];
  for (const [label, users] of [named[0], ['again (A/A)', SIZES[0]], ...named.slice(1)])
    nodes.push(await begin(administrator, label, users));
  const load = startLoad();
  tidy.push(() => load.stop());
  const lines = Object.fromEntries(
    Object.entries(OPERATIONS).flatMap(([operation, how]) =>
      nodes.map((node) => [`${operation}, ${node.label}`, () => measure(node, load, how)]),
    ),
  );
  const figures = await interleave(lines, ROUNDS, WARM_UP);
  const hashMs = ((await nodes[0].server.ask('argon2', { count: 1000, concurrency: 1 })) * 1000) / 1000;
  console.log(`\nNode ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, ${PINNING}`);
  console.log(`load average before ${loadBefore}, at the end ${loadavg()[0].toFixed(1)}`);
  console.log(
    `${SESSIONS_EACH} sessions each; ${ROUNDS} interleaved rounds of ${REQUESTS} requests, one after the other`,
  );
  console.log(`Taken off each login: its hash, ${hashMs.toFixed(3)} ms\n`);
  table('time of a request', 'ms', figures, nodes, hashMs);
  table('CPU of service and database', 'cpu', figures, nodes, hashMs);
}

try {
  await unlessStopped(main());
} finally {
  progress('');
  for (const one of tidy.reverse())
    await Promise.resolve()
      .then(one)
      .catch(() => undefined);
}
