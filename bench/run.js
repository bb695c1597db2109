// npm run bench: what a request costs, beside what it could cost. Ratios within one run; never absolute times.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EVERY_CORE, PINNING, startLoad, startServer, unlessStopped } from './processes.js';
import { broken, CONNECTIONS, cost, get, interleave, json, progress } from './requests.js';
import { median, spread } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    requests: { type: 'string', default: '8000' },
    /** An empty PostgreSQL database: logins and refreshes are measured on it, too. */
    database: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
/** Rounds that only warm up: compilers and caches. */
const WARM_UP = 6;
const LOGIN_ROUNDS = 12;
const REFRESH_ROUNDS = 24;
const REFRESH_WARM_UP = 8;
/** So that the next login is ready when a hash ends. */
const LOGINS_EACH = 4;
const PASSWORD = 'correct horse battery staple';
/** As sign-ins come: of many people, each seldom. Of one, each would end the oldest of a hundred sessions. */
const USERS = 40;
const LOGINS = 2 * USERS;
const REFRESHES = 400;

async function measureRequests({ raw, twin, fastify, sumun }, load) {
  const [seen] = await sumun.ask('tokens', 1);
  const repeat = { times: REQUESTS, status: '200' };
  const unseen = async (path) => {
    const tokens = await sumun.ask('tokens', REQUESTS / 4);
    return cost(sumun, load, { requests: tokens.map((token) => get(path, token)), times: 1, status: '200' });
  };
  const lines = {
    'raw node:http': () => cost(raw, load, { requests: [get('/protected', seen)], ...repeat }),
    'raw node:http again (A/A)': () => cost(twin, load, { requests: [get('/protected', seen)], ...repeat }),
    'raw Fastify': () => cost(fastify, load, { requests: [get('/protected', seen)], ...repeat }),
    'public Nest route': () => cost(sumun, load, { requests: [get('/public-twin', seen)], ...repeat }),
    'GET /protected, token seen before': () =>
      cost(sumun, load, { requests: [get('/protected', seen)], ...repeat }),
    'public Nest route that calls the library’s verify': () => unseen('/verifying-twin'),
    'GET /protected, token never seen': () => unseen('/protected'),
    'GET /protected, refused': () => {
      const requests = Array.from({ length: REQUESTS / 4 }, (_, n) => get('/protected', broken(seen, n)));
      return cost(sumun, load, { requests, times: 1, status: '401' });
    },
    'the library’s verify, in a loop': async () =>
      sumun.ask('verify', await sumun.ask('tokens', REQUESTS / 4)),
  };
  return interleave(lines, ROUNDS, WARM_UP);
}

/**
 * Logins a second as a share of pure hashes a second, in turns, with as many hashes at once in both. The server
 * may use every core here: what is asked is what the service leaves of the hashes that the machine can make.
 */
async function measureLogins(sumun, load) {
  const credentials = Array.from({ length: USERS }, (_, n) =>
    JSON.stringify({ email: `bench${n}@example.com`, password: PASSWORD }),
  );
  const post = (path, times, connections) => {
    const requests = credentials.map((body) => json(path, body));
    return load.send({ port: sumun.port, requests, times, connections });
  };
  const hashesAtOnce = await sumun.ask('hashesAtOnce');
  await post('/auth/register', 1, hashesAtOnce);
  const shares = [];
  for (let round = -2; round < LOGIN_ROUNDS; round++) {
    progress(`logins, round ${Math.max(round + 1, 0)} of ${LOGIN_ROUNDS}`);
    const pure = await sumun.ask('argon2', { count: LOGINS, concurrency: hashesAtOnce });
    const { statuses, seconds } = await post('/auth/login', LOGINS / USERS, hashesAtOnce * LOGINS_EACH);
    if (statuses['200'] !== LOGINS) throw new Error(`logins: ${JSON.stringify(statuses)}`);
    if (round >= 0) shares.push((100 * pure) / seconds);
  }
  return shares;
}

/**
 * Refreshes a second as a share of what the bare driver reaches with the same UPDATE and one signature each, in turns,
 * on sessions of their own, with as many at once in both. For users that `measureLogins` has made.
 */
async function measureRefreshes(sumun, load) {
  const shares = [];
  for (let round = -REFRESH_WARM_UP; round < REFRESH_ROUNDS; round++) {
    progress(`refreshes, round ${Math.max(round + 1, 0)} of ${REFRESH_ROUNDS}`);
    const bare = await sumun.ask('rotations', { count: REFRESHES, concurrency: CONNECTIONS });
    const requests = (await sumun.ask('refreshTokens', REFRESHES)).map((refresh_token) =>
      json('/auth/refresh', JSON.stringify({ refresh_token })),
    );
    const { statuses, seconds } = await load.send({ port: sumun.port, requests, connections: CONNECTIONS });
    if (statuses['200'] !== REFRESHES) throw new Error(`refreshes: ${JSON.stringify(statuses)}`);
    if (round >= 0) shares.push((100 * bare) / seconds);
  }
  return shares;
}

function report(costs, logins, refreshes) {
  const base = costs['raw node:http'];
  const ratio = (name) => costs[name].map((value, i) => value / base[i]);
  const difference = (a, b) => costs[a].map((value, i) => value - costs[b][i]);
  const [PUBLIC, SEEN, FIRST, VERIFYING] = [
    'public Nest route',
    'GET /protected, token seen before',
    'GET /protected, token never seen',
    'public Nest route that calls the library’s verify',
  ];
  const verify = difference(VERIFYING, PUBLIC);
  const firstSight = difference(FIRST, PUBLIC).map((value, i) => value / verify[i]);
  const rows = Object.keys(costs).map(
    (name) => `| ${name} | ${spread(ratio(name))} | ${median(costs[name]).toFixed(1)} |`,
  );
  const aims = [
    [
      'protected − public, µs',
      '≤ 3',
      spread(difference(SEEN, PUBLIC), 1),
      median(difference(SEEN, PUBLIC)) <= 3,
    ],
    ['protected ÷ raw node:http', '≤ 1.8', spread(ratio(SEEN)), median(ratio(SEEN)) <= 1.8],
    [
      'first sight ÷ the library’s verify, each beyond the public route',
      '≤ 1.15',
      spread(firstSight),
      median(firstSight) <= 1.15,
    ],
    ...Object.entries(logins).map(([database, shares]) => [
      `logins as % of pure argon2id, ${database}`,
      '≥ 90',
      spread(shares, 0),
      median(shares) >= 90,
    ]),
    ...(refreshes
      ? [
          [
            'refreshes as % of the bare driver, PostgreSQL',
            '≥ 50',
            spread(refreshes, 0),
            median(refreshes) >= 50,
          ],
        ]
      : []),
  ].map(([what, aim, figure, met]) => `| ${what} | ${aim} | ${figure} | ${met ? 'met' : 'missed'} |`);
  progress('');
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, ${PINNING}`);
  console.log(`${ROUNDS} interleaved rounds, medians with the middle half\n`);
  console.log(
    ['| server CPU a request | × raw node:http | µs here |', '| --- | --- | --- |', ...rows, ''].join('\n'),
  );
  console.log(['| what | aim | figure | |', '| --- | --- | --- | --- |', ...aims].join('\n'));
}

const running = [];
const directories = [];

/** Each server on data of its own; all of them are stopped, and their data removed, at the end. */
async function begin(name, core, env = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sumun-bench-'));
  directories.push(directory);
  const server = await startServer(
    name,
    { DATA_DIR: directory, LOG_LEVEL: 'error', RATE_LIMITS: 'off', ...env },
    core,
  );
  running.push(server);
  return server;
}

async function main() {
  const servers = {
    raw: await begin('node:http'),
    twin: await begin('node:http'),
    fastify: await begin('fastify'),
    sumun: await begin('sumun'),
  };
  const load = startLoad();
  running.push(load);
  const costs = await measureRequests(servers, load);
  const logins = { embedded: await measureLogins(await begin('sumun', EVERY_CORE), load) };
  let refreshes;
  if (options.database !== undefined) {
    const onServer = await begin('sumun', EVERY_CORE, {
      DATABASE_URL: options.database,
      // What is opened past the wire ends none of those before.
      MAX_SESSIONS_PER_USER: '10000',
    });
    logins.PostgreSQL = await measureLogins(onServer, load);
    refreshes = await measureRefreshes(onServer, load);
  }
  report(costs, logins, refreshes);
}

try {
  await unlessStopped(main());
} finally {
  await Promise.all(running.map((one) => one.stop()));
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
