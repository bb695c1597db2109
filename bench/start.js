// npm run bench:start: how long a start takes, and what an idle service holds in memory.
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makePlace, startInstance } from './instance.js';
import { median, quantile } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    /** A PostgreSQL server on which a database may be made. */
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
    starts: { type: 'string', default: '7' },
  },
});
const IDLE_MS = 10_000;
const MEGABYTE = 1e6;

async function measure(server) {
  const place = await makePlace(server);
  try {
    const first = await startInstance(place.env);
    await first.stop();
    const times = [];
    let resident;
    for (let n = 0; n < Number(options.starts); n++) {
      const instance = await startInstance(place.env);
      times.push(instance.readyMs);
      if (n === 0) {
        await pause(IDLE_MS);
        resident = instance.residentBytes();
      }
      await instance.stop();
    }
    return { first: first.readyMs, times, resident };
  } finally {
    await place.remove();
  }
}

const before = loadavg()[0].toFixed(1);
const measured = { PostgreSQL: await measure(options.database), embedded: await measure(undefined) };
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}`);
console.log(
  `load average before ${before}, at the end ${loadavg()[0].toFixed(1)}; ${options.starts} starts\n`,
);
console.log('| what | aim | figure | |\n| --- | --- | --- | --- |');
const AIMS = { PostgreSQL: { seconds: 1.5, megabytes: 170 }, embedded: {} };
for (const [name, { first, times, resident }] of Object.entries(measured)) {
  const { seconds, megabytes } = AIMS[name];
  const [low, high] = [0, 1].map((q) => (quantile(times, q) / 1000).toFixed(2));
  const took = median(times) / 1000;
  const held = resident === undefined ? undefined : resident / MEGABYTE;
  const row = (what, aim, value, more = '') => {
    const met = aim === undefined ? '' : value <= aim ? 'met' : 'missed';
    console.log(
      `| ${what}, ${name} | ${aim === undefined ? '' : `≤ ${aim}`} | ${value?.toFixed(2)}${more} | ${met} |`,
    );
  };
  row('first start, that makes the tables, s', undefined, first / 1000);
  row('start to ready, s', seconds, took, ` (${low} … ${high})`);
  row(`resident memory after ${IDLE_MS / 1000} s of idleness, MB`, megabytes, held);
}
