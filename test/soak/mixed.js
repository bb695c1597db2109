// npm run soak: half an hour of mixed requests on two nodes. Exits 1 where memory grew, or anything went wrong.
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster.js';
import { prove } from '../traffic/proof.js';
import { World, WORLD_SETTINGS } from '../traffic/world.js';
import { Memory } from './memory.js';
import { plantRemovable, REMOVABLE, removableLeft } from './removable.js';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    /** Requests a second, about. */
    rate: { type: 'string', default: '100' },
    people: { type: 'string', default: '250' },
    /** The figures as one line of JSON. */
    json: { type: 'boolean', default: false },
  },
});
const [minutes, rate, people] = [options.minutes, options.rate, options.people].map(Number);
if (![minutes, rate, people].every((n) => n > 0)) {
  console.error('Numbers are above 0.');
  process.exit(64);
}
const SAMPLE_MS = 2_000;
/** The least of it in minutes: what a soak of that length looks at. */
const MARKS = [5, 10, 20, 30];
/** Short lives, so that tokens and sessions expire all the time. */
const SHORT = { ACCESS_TOKEN_TTL: '2m', REFRESH_IDLE_TTL: '5m', REFRESH_ABSOLUTE_TTL: '10m' };
/** On a machine that does other work, too, a password check may wait. */
const HABITS = { ...WORLD_SETTINGS, ...SHORT, LOGIN_FAMILIAR_TTL: '5m', PASSWORD_WAIT_LIMIT: '10s' };

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));

const say = (text) => void (options.json || console.log(text));
const rounded = (figures) => figures.flatMap(({ rss, heap }) => [rss.toFixed(0), heap.toFixed(0)]);
const line = (cells) => say(`| ${cells.join(' | ')} |`);
const head = (cells) => [line(cells), line(cells.map(() => '---'))];

/** Samples until the time is up, and tells of each minute. */
async function watch(world, memory) {
  head(['minute', 'requests', 'errors', 'node 1 RSS, MiB', 'heap', 'node 2 RSS, MiB', 'heap']);
  const began = performance.now();
  for (let minute = 1; minute <= Math.ceil(minutes); minute += 1) {
    const until = began + Math.min(minute, minutes) * 60_000;
    while (performance.now() < until) {
      await memory.sample();
      const left = until - performance.now();
      await pause(Math.max(0, Math.min(SAMPLE_MS, left)), undefined, { signal: stop.signal });
    }
    const { requests, failed } = world.tally;
    const figures = memory.between((minute - 1) * 60, minute * 60);
    line([minute, requests, failed + world.breaches.total, ...rounded(figures)]);
  }
}

async function soak(world) {
  await plantRemovable(world.cluster);
  await world.traffic.settle(people);
  const memory = new Memory(world.nodes);
  world.traffic.start();
  await watch(world, memory).finally(() => world.traffic.stop());
  const removed = 2 * REMOVABLE - (await removableLeft(world.cluster));
  await world.openRows();
  const facts = await prove(world, world.traffic);
  const { tally, breaches, traffic } = world;
  const { requests, answers, errors, slowestMs, examples } = tally;
  const told = [...breaches.examples, ...examples];
  const marks = MARKS.filter((mark) => mark <= minutes).map((mark) => ({
    minute: mark,
    nodes: memory.between((mark - 1) * 60, mark * 60),
  }));
  const verdicts = memory.verdicts(minutes * 60);
  const done = { minutes, requests, answers, errors, missed: traffic.missed, slowestMs, removed, facts };
  return { ...done, breaches: breaches.counts, broken: breaches.total, told, marks, verdicts };
}

function report({ requests, answers, errors, missed, slowestMs, removed, facts, broken, marks, verdicts }) {
  const listed = (counts) => Object.entries(counts).map(([kind, count]) => `${count} × ${kind}`);
  say('');
  head(['minute', 'node 1 RSS, MiB', 'heap', 'node 2 RSS, MiB', 'heap']);
  for (const { minute, nodes } of marks) line([minute, ...rounded(nodes)]);
  say('');
  head(['memory', 'second quarter, MiB', 'last quarter, MiB', 'slope, MiB/h', '']);
  for (const { node, name, before, after, slope, flat } of verdicts) {
    const figures = [before, after, slope].map((value) => value.toFixed(1));
    line([`node ${node}, ${name}`, ...figures, flat ? 'flat' : 'GROWS']);
  }
  say(
    `\n${requests} requests: ${listed(answers).join(', ')}; errors: ${listed(errors).join(', ') || 'none'}.`,
  );
  say(
    `Slowest answer ${(slowestMs / 1000).toFixed(1)} s; ${missed} acts missed; ${removed} old rows removed.`,
  );
  say(`${facts} acknowledged facts proved at the end; promises broken: ${broken}.`);
  say(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, load average ${loadavg()[0].toFixed(1)}`,
  );
}

let world;
try {
  world = new World(await Cluster.start(HABITS), rate, stop.signal);
  const done = await soak(world);
  if (options.json) console.log(JSON.stringify(done));
  else report(done);
  for (const what of done.told) console.error(what);
  const well = done.broken === 0 && Object.keys(done.errors).length === 0 && done.removed > 0;
  process.exitCode = well && done.verdicts.every(({ flat }) => flat) ? 0 : 1;
} catch (error) {
  console.error(stop.signal.aborted ? stop.signal.reason.message : error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} finally {
  await world?.close();
}
process.exit();
