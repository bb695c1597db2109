// npm run bench:peers: what a protected route costs with Sumun, and with what others use. Ratios within one run.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PYTHON_PEERS, startPython, versionsOf } from './peers/python.js';
import { FIRST_CORE, PINNING, startLoad, startServer, unlessStopped } from './processes.js';
import { cost, get, interleave } from './requests.js';
import { median, spread } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '16' },
    requests: { type: 'string', default: '4000' },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
/** Rounds that only warm up: compilers and caches. */
const WARM_UP = 4;
const ISSUER = 'http://auth.example.com';
const RAW = 'raw node:http, no check';
const FOLDER = fileURLToPath(new URL('./peers', import.meta.url));

const NODE_PEERS = [
  { name: 'jose on raw node:http', file: 'jose', packages: ['jose'] },
  {
    name: 'express-oauth2-jwt-bearer on Express',
    file: 'express-oauth2-jwt-bearer',
    packages: ['express-oauth2-jwt-bearer', 'express'],
  },
  ...['HS256', 'ES256'].map((algorithm) => ({
    name: `the Nest recipe, ${algorithm}`,
    file: `nest-recipe-${algorithm.toLowerCase()}`,
    packages: ['@nestjs/core', '@nestjs/platform-express', '@nestjs/passport', 'passport-jwt'],
  })),
  { name: 'better-auth getSession on raw node:http', file: 'better-auth', packages: ['better-auth'] },
];

/** Installs what the peers are made of, where it is not there as the lock has it. */
function install() {
  const changed = (path) => statSync(join(FOLDER, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  console.error('Installing the peers: npm ci in bench/peers');
  const stdio = ['ignore', 'ignore', 'inherit'];
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: FOLDER, stdio });
}

function npmVersions(packages) {
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'))).version;
  return packages.map((name) => `${name} ${versionOf(name)}`).join(', ');
}

/** The same token with another letter in its signature. */
function forged(token) {
  const at = token.lastIndexOf('.') + 10;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** What lets everybody in, or nobody, is not measured. */
async function prove({ name, port }, token) {
  const ask = async (authorization) => {
    const response = await fetch(`http://127.0.0.1:${port}/protected`, { headers: { authorization } });
    await response.arrayBuffer();
    return response.status;
  };
  const [good, bad] = [await ask(`Bearer ${token}`), await ask(`Bearer ${forged(token)}`)];
  if (good !== 200 || bad !== 401)
    throw new Error(`${name} is no peer: ${good} for a good token, ${bad} for a forged one.`);
}

const running = [];
const directory = mkdtempSync(join(tmpdir(), 'sumun-bench-'));

async function begin(starting) {
  const server = await starting;
  running.push(server);
  return server;
}

async function startSumun() {
  const env = { DATA_DIR: directory, LOG_LEVEL: 'error', RATE_LIMITS: 'off', ISSUER, ACCESS_TOKEN_TTL: '1h' };
  return begin(startServer('sumun', env));
}

/** The lines, by name; each a way to measure it once. */
async function linesOf(load) {
  const [raw, twin, sumun] = [
    await begin(startServer('node:http')),
    await begin(startServer('node:http')),
    await startSumun(),
  ];
  const [seen] = await sumun.ask('tokens', 1);
  const repeat = { times: REQUESTS, status: '200' };
  const again = (server, token) => () =>
    cost(server, load, { requests: [get('/protected', token)], ...repeat });
  await prove(sumun, seen);
  const lines = {
    [RAW]: again(raw, seen),
    'the same again (A/A)': again(twin, seen),
    'Sumun, token seen before': again(sumun, seen),
    'Sumun, token never seen': async () => {
      const tokens = await sumun.ask('tokens', REQUESTS / 4);
      return cost(sumun, load, {
        requests: tokens.map((token) => get('/protected', token)),
        times: 1,
        status: '200',
      });
    },
  };
  const env = { ISSUER, JWKS_URL: `http://127.0.0.1:${sumun.port}/.well-known/jwks.json` };
  const add = async (name, server) => {
    const token = server.token ?? seen;
    await prove({ ...server, name }, token);
    lines[name] = again(server, token);
  };
  const secret = randomBytes(32).toString('base64url');
  for (const { name, file } of NODE_PEERS)
    await add(
      name,
      await begin(startServer(file, { ...env, JWT_SECRET: secret }, FIRST_CORE, './peers/serve.js')),
    );
  for (const peer of PYTHON_PEERS.filter(versionsOf))
    await add(peer.name, await begin(startPython(peer, env)));
  return lines;
}

function report(costs, loadBefore) {
  const ratio = (name) => costs[name].map((value, i) => value / costs[RAW][i]);
  const made = Object.fromEntries([
    ...NODE_PEERS.map(({ name, packages }) => [name, npmVersions(packages)]),
    ...PYTHON_PEERS.map((peer) => [peer.name, versionsOf(peer)]),
  ]);
  const rows = Object.keys(costs).map((name) =>
    ['', name, spread(ratio(name)), median(costs[name]).toFixed(1), made[name] ?? '', ''].join(' | ').trim(),
  );
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, ${PINNING}`);
  console.log(`load average before ${loadBefore}, at the end ${loadavg()[0].toFixed(1)}`);
  console.log(`${ROUNDS} interleaved rounds, medians with the middle half\n`);
  console.log('| server CPU a request | × raw node:http | µs here | made of |\n| --- | --- | --- | --- |');
  console.log(rows.join('\n'));
  for (const peer of PYTHON_PEERS.filter((one) => !versionsOf(one)))
    console.log(`\nLeft out: ${peer.name}; it needs Debian's ${peer.packages.join(', ')}.`);
}

async function main() {
  install();
  const loadBefore = loadavg()[0].toFixed(1);
  const load = await begin(startLoad());
  report(await interleave(await linesOf(load), ROUNDS, WARM_UP), loadBefore);
}

try {
  await unlessStopped(main());
} finally {
  await Promise.all(running.map((one) => one.stop()));
  rmSync(directory, { recursive: true, force: true });
}
