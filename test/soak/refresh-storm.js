// npm run soak:refresh: refresh tokens under fire, on a PostgreSQL server. Exits 1 where a promise was broken.
import { parseArgs } from 'node:util';
import { withDatabase } from '../cluster/databases.js';
import { storm } from './storm.js';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '10000' },
    /** How many times each token is presented at once. */
    width: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '1' },
    /** How often a node is killed in the storm. */
    kills: { type: 'string', default: '20' },
    /** An empty database; without it one is made on the server of TEST_DATABASE_URL, and dropped. */
    database: { type: 'string' },
    /** The figures as one line of JSON. */
    json: { type: 'boolean', default: false },
  },
});
const { database, json, ...numbers } = options;
const wanted = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
const SERVER = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const REDRAW_MS = 200;

let drawn = 0;
function progress(phase, done, total) {
  if (!process.stderr.isTTY || (done < total && performance.now() - drawn < REDRAW_MS)) return;
  drawn = performance.now();
  process.stderr.write(`\r\x1b[K${phase}: ${done}/${total}${done === total ? '\n' : ''}`);
}

function table(report) {
  const { breaches: broken } = report;
  const lines = [
    ['sessions', report.sessions],
    ['requests', report.requests],
    ['replies lost on purpose', report.lost],
    ['nodes killed', report.kills],
    ['requests that a kill cut off or kept out', report.cut],
    ['retries', report.retries],
    ['requests given up before the grace was over', report.gaveUp],
    ['honest clients signed out', broken.logouts],
    ['sessions with two successors', broken.forks],
    ['replays outside the grace', report.replays],
    ['… caught at first use', report.caught],
    ['races of a thief with the owner', report.races],
    ['… in step inside the grace, not noticed', report.unseen],
    ['other promises broken', broken.missed + broken.bystanders + broken.unaudited + broken.others],
    ['seconds', report.seconds],
  ].map(([what, figure]) => [what, figure.toLocaleString('en')]);
  const wide = (column) => Math.max(...lines.map((line) => line[column].length));
  const row = (what, figure) => `| ${what.padEnd(wide(0))} | ${figure.padStart(wide(1))} |`;
  const rule = `| ${'-'.repeat(wide(0))} | ${'-'.repeat(wide(1) - 1)}: |`;
  return [row('', ''), rule, ...lines.map((line) => row(...line))].join('\n');
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));

const run = (url) => storm({ ...wanted, database: url, progress, stopped: stop.signal });
const report = await (database ? run(database) : withDatabase(SERVER, run)).catch((error) => {
  console.error(stop.signal.aborted ? stop.signal.reason.message : error);
  process.exit(stop.signal.aborted ? 130 : 1);
});
console.log(json ? JSON.stringify(report) : table(report));
for (const example of report.examples) console.error(example);
if (Object.values(report.breaches).some((count) => count > 0)) {
  console.error('A promise was broken.');
  process.exitCode = 1;
}
