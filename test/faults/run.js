// npm run faults: what happens to requests and to what was acknowledged while parts of the service fail, with all of its
// parts as real processes. Exits 1 where a promise was broken.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster.js';
import { EmbeddedNode } from '../cluster/embedded.js';
import { World, WORLD_SETTINGS } from '../traffic/world.js';
import connectionsCut from './faults/connections-cut.js';
import databaseSlow from './faults/database-slow.js';
import { connectionsForgotten, databaseStalled } from './faults/database-stalled.js';
import diskFull from './faults/disk-full.js';
import nodeKilled from './faults/node-killed.js';
import poolExhausted from './faults/pool-exhausted.js';
import { postgresFast, postgresImmediate } from './faults/postgres-stopped.js';
import redisKilled from './faults/redis-killed.js';
import rollingMigration from './faults/rolling-migration.js';
import serverFull from './faults/server-full.js';
import { tableOf } from './table.js';
import { trial } from './trial.js';

const FAULTS = [
  ...[nodeKilled, postgresFast, postgresImmediate, connectionsCut, poolExhausted, serverFull, redisKilled],
  ...[databaseSlow, databaseStalled, connectionsForgotten],
  // After it, only the next version starts on that database.
  ...[rollingMigration, diskFull],
];

const { values: options } = parseArgs({
  options: {
    /** One of them, or several: --only node-killed --only disk-full. */
    only: {
      type: 'string',
      multiple: true,
      default: FAULTS.map(({ name }) => name),
    },
    /** How long each lasts. */
    seconds: { type: 'string', default: '6' },
    /** Requests a second, about: what is asked again comes on top. */
    rate: { type: 'string', default: '60' },
    people: { type: 'string', default: '250' },
    /** The figures as one line of JSON. */
    json: { type: 'boolean', default: false },
  },
});
const { only, json, ...numbers } = options;
const { seconds, rate, people } = Object.fromEntries(
  Object.entries(numbers).map(([name, value]) => [name, Number(value)]),
);
const unknown = only.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (unknown.length > 0 || [seconds, rate, people].some((n) => !(n > 0))) {
  console.error(`Known: ${FAULTS.map(({ name }) => name).join(', ')}; numbers are above 0.`);
  process.exit(64);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));

function progress(text, end = '') {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}${end}`);
}

/** What was tried so far. */
const rows = [];

/** Runs some of the faults on nodes of their own. */
async function runOn(start, faults, count) {
  if (faults.length === 0) return;
  progress('starting');
  const cluster = await start(WORLD_SETTINGS);
  if (!cluster) {
    console.error(`Left out, for only root may mount a small disk: ${faults.map(({ name }) => name).join()}`);
    return;
  }
  const world = new World(cluster, rate, stop.signal);
  try {
    await world.traffic.settle(count, (done) => progress(`registering ${done} of ${count}`));
    for (const fault of faults) {
      progress(fault.what);
      rows.push(await trial(world, fault, seconds));
      progress(`${fault.what}: ${rows.at(-1).broken.length === 0 ? 'well' : 'BROKEN'}`, '\n');
    }
  } finally {
    await world.close();
  }
}

function report(took, load) {
  if (json) return console.log(JSON.stringify({ rows, seconds: took }));
  console.log(tableOf(rows));
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}`;
  console.log(
    `\n${rate} requests a second asked for, each fault ${seconds} s long; ${took} s in all; ${machine}, load ` +
      `average before ${load}`,
  );
  for (const { fault, broken, examples } of rows) {
    for (const what of broken) console.error(`${fault}: ${what}`);
    if (broken.length > 0) for (const example of examples) console.error(`${fault}: first ${example}`);
  }
}

const wanted = FAULTS.filter(({ name }) => only.includes(name));
const onCluster = wanted.filter(({ embedded }) => !embedded);
const onDisk = wanted.filter(({ embedded }) => embedded);
const began = performance.now();
const load = loadavg()[0].toFixed(1);
let failure;
try {
  await runOn((env) => Cluster.start(env), onCluster, people);
  await runOn((env) => EmbeddedNode.start(env), onDisk, people / 5);
} catch (error) {
  failure = stop.signal.aborted ? stop.signal.reason.message : error;
}
report(Math.round((performance.now() - began) / 1000), load);
if (failure) console.error(failure);
if (stop.signal.aborted) process.exit(130);
process.exit(!failure && rows.every(({ broken }) => broken.length === 0) ? 0 : 1);
