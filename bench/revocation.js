// npm run bench:revocation: how fast a sign-out counts on every node, and what knowing it costs.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.js';
import { median, quantile, spread } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    /** A PostgreSQL server on which a database may be made. */
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
    revocations: { type: 'string', default: '300' },
    rate: { type: 'string', default: '2000' },
  },
});
const NODES = 3;
const REVOCATIONS = Number(options.revocations);
const RATE = Number(options.rate);
/** Revocations that only warm up: compilers and caches. */
const WARM_UP = 90;
const CONNECTIONS = 64;
const LOAD_TOKENS = 50;
/** Between two looks at one node; a refusal is found this much late at most, and what a look takes. */
const LOOK_PAUSE_MS = 1;
/** Between two revocations, so that they fall anywhere in the second of the read. */
const REST_MS = 150;
/** How much of the rate must be reached: the rest is what is under way at the end. */
const REACHED = 0.99;
const GIVE_UP_MS = 10_000;
const CREDENTIALS = { email: 'bench@example.com', password: 'correct horse battery staple' };
const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** A client of one port over one connection that is kept. */
function clientOf(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (method, path, { token, body } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent });
      asked.on('error', reject).on('response', (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (piece) => (received += piece));
        response.on('end', () => resolve({ status: response.statusCode, text: received }));
      });
      asked.end(text);
    });
}

async function signIn(client, count) {
  const tokens = [];
  for (let n = 0; n < count; n++) {
    const { status, text } = await client('POST', '/auth/login', { body: CREDENTIALS });
    if (status !== 200) throw new Error(`login: ${status} ${text}`);
    tokens.push(JSON.parse(text).access_token);
  }
  return tokens;
}

function startSteadyLoad(port, tokens) {
  const child = fork(here('./steady.js'));
  const requests = tokens.map(
    (token) => `GET /protected HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  child.send({ port, requests, connections: CONNECTIONS, rate: RATE });
  return async () => {
    child.send('stop');
    const [answer] = await once(child, 'message');
    child.kill('SIGKILL');
    return answer;
  };
}

/** Looks at one node until it refuses the token; answers when the refusal was there. */
async function refusedAt(look, token, giveUpAt) {
  while (performance.now() < giveUpAt) {
    if ((await look('GET', '/protected', { token })).status === 401) return performance.now();
    await pause(LOOK_PAUSE_MS);
  }
  throw new Error('A node goes on taking a token that was revoked.');
}

/** One session ends through the balancer, while each node is looked at directly. */
async function revokeOne(client, looks, token) {
  for (const look of looks) {
    const { status } = await look('GET', '/protected', { token });
    if (status !== 200) throw new Error(`a good token: ${status}`);
  }
  const sent = performance.now();
  const revoking = client('POST', '/auth/logout', { token }).then(({ status }) => {
    if (status !== 204) throw new Error(`logout: ${status}`);
    return performance.now();
  });
  const refusals = looks.map((look) => refusedAt(look, token, sent + GIVE_UP_MS));
  const [answered, ...at] = await Promise.all([revoking, ...refusals]);
  return { each: at.map((time) => time - sent), answered: answered - sent };
}

async function measureRevocations(cluster) {
  const client = clientOf(cluster.balancer);
  const looks = cluster.nodes.map(clientOf);
  await client('POST', '/auth/register', { body: CREDENTIALS });
  const kept = await signIn(client, LOAD_TOKENS);
  const tokens = await signIn(client, WARM_UP + REVOCATIONS);
  const endLoad = startSteadyLoad(cluster.balancer, kept);
  const revoked = [];
  for (const token of tokens) {
    revoked.push(await revokeOne(client, looks, token));
    await pause(Math.random() * 2 * REST_MS);
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[Krevocation ${revoked.length} of ${tokens.length}`);
  }
  revoked.splice(0, WARM_UP);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { revoked, load: await endLoad() };
}

function reportRevocations({ revoked, load }) {
  const slowest = revoked.map(({ each }) => Math.max(...each));
  const rows = [
    ['refused by each node', revoked.flatMap(({ each }) => each)],
    ['refused by every node (the slowest)', slowest],
    ['the sign-out answered', revoked.map(({ answered }) => answered)],
  ].map(([what, ms]) => {
    const figures = [0.5, 0.99, 1].map((q) => quantile(ms, q).toFixed(1));
    return `| ${[what, ...figures].join(' | ')} |`;
  });
  const statuses = JSON.stringify(load.statuses);
  console.log(
    `${Math.round(load.rate)} requests/s through HAProxy to ${NODES} nodes, ${RATE} asked for, for ` +
      `${Math.round(load.seconds)} s, ${load.leftBehind} left behind; answers ${statuses}; ` +
      `${revoked.length} revocations\n`,
  );
  console.log('| from the sending of the sign-out, ms | p50 | p99 | max |\n| --- | --- | --- | --- |');
  console.log(`${rows.join('\n')}\n`);
  const rank = revoked.length - Math.floor((revoked.length - 1) * 0.99);
  return [
    ['the load, requests/s', `≥ ${Math.ceil(RATE * REACHED)}`, load.rate, 0],
    [
      `p99 until every node refuses, ms (about number ${rank} from the worst)`,
      '≤ 50',
      quantile(slowest, 0.99),
      1,
    ],
    ['max until every node refuses, ms', '≤ 1000', Math.max(...slowest), 1],
  ];
}

function reportCheck({ bytes, revoked, costs }) {
  const added = (name) => costs[name].map((value, i) => value - costs.none[i]);
  const rows = [
    ['no check, again (A/A)', 'again'],
    ['nothing revoked', 'empty'],
    [`${revoked.toLocaleString('en')} sessions revoked`, 'full'],
  ].map(([what, name]) => `| ${what} | ${spread(added(name), 3)} |`);
  console.log(
    `| CPU that the check adds, µs (the look-up of a token without it: ${spread(costs.none, 3)}) | |`,
  );
  console.log(`| --- | --- |\n${rows.join('\n')}\n`);
  console.log(
    `Memory per ${revoked.toLocaleString('en')} revoked sessions: ${(bytes / 2 ** 20).toFixed(1)} MiB\n`,
  );
  return [['the check, µs of CPU a request', '≤ 2', median(added('full')), 3]];
}

function reportAims(aims) {
  console.log('| what | aim | figure | |\n| --- | --- | --- | --- |');
  for (const [what, aim, figure, digits] of aims) {
    const bound = Number(aim.slice(2));
    const met = (aim.startsWith('≥') ? figure >= bound : figure <= bound) ? 'met' : 'missed';
    console.log(`| ${what} | ${aim} | ${figure.toFixed(digits)} | ${met} |`);
  }
}

const check = JSON.parse(execFileSync(process.execPath, ['--expose-gc', here('./revocation-check.js')]));
const loadBefore = loadavg()[0].toFixed(1);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
const giveUp = (error) => {
  console.error(stop.signal.aborted ? stop.signal.reason.message : error);
  process.exit(stop.signal.aborted ? 130 : 1);
};
const cluster = await startCluster(options.database, NODES, stop.signal).catch(giveUp);
const stopped = once(stop.signal, 'abort').then(() => Promise.reject(stop.signal.reason));
stopped.catch(() => undefined);
try {
  stop.signal.throwIfAborted();
  const measured = await Promise.race([measureRevocations(cluster), stopped]);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, all on one machine`);
  console.log(`load average before ${loadBefore}, at the end ${loadavg()[0].toFixed(1)}\n`);
  reportAims([...reportRevocations(measured), ...reportCheck(check)]);
  if (measured.load.rate < RATE * REACHED) {
    console.error('The load was not reached: the figures are of a lighter one.');
    process.exitCode = 1;
  }
} catch (error) {
  await cluster.stop();
  giveUp(error);
}
await cluster.stop();
process.exit();
