// npm run bench:flood: fifty times as many sign-ins as can be answered, and what the others notice of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePlace, startInstance } from './instance.js';
import { PINNED } from './processes.js';
import { median, quantile } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    /** A PostgreSQL server on which a database may be made. */
    database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5432/postgres' },
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '50' },
    /** The cap on resident memory, in MiB: the service's MEMORY_LIMIT. */
    cap: { type: 'string', default: '512' },
    /** `postgresql`, `embedded`, or both. */
    on: { type: 'string', default: 'both' },
  },
});
const SECONDS = Number(options.seconds);
const TIMES = Number(options.times);
const CAP = Number(options.cap);
const MIB = 1024 ** 2;
const PROBE_RATE = 100;
const HONEST = 10;
/** Of all of them together, each from its own address. */
const HONEST_RATE = 2;
const ACCOUNTS = 40;
const STRANGERS = 5_000;
const PASSWORD = 'correct horse battery staple';
const REST_MS = 3_000;
const known = (n) => `known${n}@example.com`;
const unknown = (n) => `nobody${n}@example.com`;
const honestAddress = (n) => `192.0.2.${n + 1}`;

function post(path, body, address) {
  const text = JSON.stringify(body);
  return (
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  );
}

/** A load of its own process, on the second core where there is one; what floods gives way to what measures. */
function load({ nice = false, ...job }) {
  const command = [
    ...(nice && process.platform !== 'win32' ? ['nice', '-n', '5'] : []),
    ...(PINNED ? ['taskset', '-c', '1'] : []),
    process.execPath,
    fileURLToPath(new URL('./paced.js', import.meta.url)),
  ];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(job);
  return once(child, 'message').then(([answer]) => {
    child.kill('SIGKILL');
    return answer;
  });
}

const all = ({ answers }) => Object.values(answers).flat();
const of = ({ answers }, ...statuses) => statuses.flatMap((status) => answers[status] ?? []);

/** Makes the accounts, and signs the honest clients in, each from its own address. */
async function prepare(port) {
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => n);
  const credentials = accounts.map((n) => ({ email: known(n), password: PASSWORD }));
  const send = async (path, body, address) => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  for (const n of accounts) await send('/auth/register', credentials[n], `198.51.100.${n + 1}`);
  let token;
  for (let n = 0; n < HONEST; n++)
    ({ access_token: token } = await send('/auth/login', credentials[n], honestAddress(n)));
  const protectedRequest = `GET /protected HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const honest = credentials.slice(0, HONEST).map((one, n) => post('/auth/login', one, honestAddress(n)));
  return { protectedRequest, honest };
}

/** Right sign-ins a second, as many at once as keep every hash busy. */
async function capacity(port, honest) {
  const began = performance.now();
  let done = 0;
  const drive = async (mine) => {
    while (performance.now() - began < 5_000) {
      const status = await signIn(port, mine);
      if (status !== 200) throw new Error(`a right sign-in: ${status}`);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, n) => drive(honest[n])));
  return (done * 1000) / (performance.now() - began);
}

async function signIn(port, text) {
  const [head, body] = text.split('\r\n\r\n');
  const address = /X-Forwarded-For: (\S+)/.exec(head)[1];
  const answer = await fetch(`http://127.0.0.1:${port}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

let floods = 0;

/** Wrong passwords, for accounts that there are or are not, from one address or many: other ones for each flood. */
function floodOf(isKnown, many) {
  floods += 1;
  const email = isKnown ? known : unknown;
  const address = (n) => (many ? `10.${floods}.${(n >> 8) & 255}.${n & 255}` : `203.0.113.${floods}`);
  return Array.from({ length: STRANGERS }, (_, n) =>
    post('/auth/login', { email: email(n % ACCOUNTS), password: `wrong ${n}` }, address(n)),
  );
}

async function underFlood(instance, { protectedRequest, honest }, rate, isKnown, many) {
  const { port } = instance;
  let highest = instance.residentBytes() ?? NaN;
  const watch = setInterval(() => (highest = Math.max(highest, instance.residentBytes() ?? NaN)), 250);
  const requests = floodOf(isKnown, many);
  const flooding = load({ nice: true, port, requests, rate, seconds: SECONDS + 2, connections: 512 });
  await pause(1_000);
  const [probe, honestLogins] = await Promise.all([
    load({ port, requests: [protectedRequest], rate: PROBE_RATE, seconds: SECONDS, connections: 16 }),
    load({ port, requests: honest, rate: HONEST_RATE, seconds: SECONDS, connections: 32 }),
  ]);
  const flood = await flooding;
  clearInterval(watch);
  await pause(REST_MS);
  return {
    name: `${isKnown ? 'known' : 'unknown'} accounts, ${many ? 'many addresses' : 'one address'}`,
    ...{ flood, probe, honestLogins, highest },
  };
}

async function measure(server) {
  const place = await makePlace(server);
  let instance;
  try {
    instance = await startInstance({
      ...place.env,
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMIT_REGISTER: '100/1h',
      MEMORY_LIMIT: `${CAP}Mi`,
    });
    const prepared = await prepare(instance.port);
    const { protectedRequest } = prepared;
    const probe = (seconds) =>
      load({ port: instance.port, requests: [protectedRequest], rate: PROBE_RATE, seconds, connections: 16 });
    await probe(3);
    const perSecond = await capacity(instance.port, prepared.honest);
    await pause(REST_MS);
    const idle = all(await probe(SECONDS));
    const runs = [];
    for (const many of [false, true])
      for (const isKnown of [true, false])
        runs.push(await underFlood(instance, prepared, perSecond * TIMES, isKnown, many));
    return { perSecond, idle, runs };
  } finally {
    await instance?.stop();
    await place.remove();
  }
}

const ms = (values, q) => (values.length === 0 ? '–' : quantile(values, q).toFixed(1));
const verdict = (met) => (met ? 'met' : 'missed');

function report(name, { perSecond, idle, runs }) {
  console.log(
    `\n${name}: ${perSecond.toFixed(1)} sign-ins/s; GET /protected when idle: p50 ${ms(idle, 0.5)} ms, p99 ${ms(idle, 0.99)} ms\n`,
  );
  console.log(
    '| flood | offered/s (not sent) | /protected p50, p99, ms | p99 ÷ idle, ≤ 2 | refusals p99, ms, ≤ 100 | resident, MiB, ≤ ' +
      CAP +
      ' | honest sign-ins, ≥ 95 % |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name: flood, flood: sent, probe, honestLogins, highest } of runs) {
    const answered = all(probe);
    const ratio = quantile(answered, 0.99) / quantile(idle, 0.99);
    const refused = of(sent, '429', '503');
    const honest =
      (100 * of(honestLogins, '200').length) / (all(honestLogins).length + honestLogins.unanswered);
    const lost = of(probe, '200').length < answered.length || probe.unanswered > 0 ? ' (some failed)' : '';
    console.log(
      `| ${[
        flood,
        `${Math.round(sent.rate)} (${sent.unsent})`,
        `${ms(answered, 0.5)}, ${ms(answered, 0.99)}${lost}`,
        `${ratio.toFixed(2)} ${cpus().length > 1 ? verdict(ratio <= 2 && lost === '') : 'printed'}`,
        `${ms(refused, 0.99)} ${verdict(quantile(refused, 0.99) <= 100)}`,
        `${(highest / MIB).toFixed(0)} ${verdict(highest / MIB <= CAP)}`,
        `${honest.toFixed(0)} % ${verdict(honest >= 95)}`,
      ].join(' | ')} |`,
    );
  }
  console.log('\n| answers: count (median ms) | 401 | 429 | 503 | other |\n| --- | --- | --- | --- | --- |');
  for (const { name: flood, flood: sent } of runs) {
    const cell = (...statuses) => {
      const times = of(sent, ...statuses);
      return times.length === 0 ? '0' : `${times.length} (${median(times).toFixed(1)})`;
    };
    const others = Object.keys(sent.answers).filter((status) => !['401', '429', '503'].includes(status));
    console.log(`| ${[flood, cell('401'), cell('429'), cell('503'), cell(...others)].join(' | ')} |`);
  }
}

const before = loadavg()[0].toFixed(1);
const results = [];
if (options.on !== 'embedded') results.push(['PostgreSQL', await measure(options.database)]);
if (options.on !== 'postgresql') results.push(['embedded', await measure(undefined)]);
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}, ${TIMES} × what can be signed in, ${SECONDS} s each`,
);
console.log(
  `load average before ${before}, at the end ${loadavg()[0].toFixed(1)}; the load ${PINNED ? 'pinned to one core' : 'not pinned'}`,
);
for (const [name, result] of results) report(name, result);
process.exit();
