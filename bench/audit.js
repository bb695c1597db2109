import 'reflect-metadata';
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, open } from '../dist/app.js';
import { loadConfiguration } from '../dist/platform/config/index.js';
import { ControlCommands } from '../dist/platform/control/index.js';
import { Database } from '../dist/platform/database/index.js';
import { Timers } from '../dist/platform/timers/index.js';
import { administer } from '../test/cluster/databases.js';

/**
 * How many rows of the audit log are sealed and verified in a second: `npm run bench:audit -- 100000`, on the
 * embedded database, or on the server that TEST_DATABASE_URL names, in a database of its own.
 */
const ROWS = Number(process.argv[2] ?? 100_000);
const CHUNK = 10_000;

const secretKey = randomBytes(32);
const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'sumun audit', 32));
const keyId = createHash('sha256').update('sumun key id').update(key).digest('hex').slice(0, 8);
const hex = (bytes) => `\\x${bytes.toString('hex')}`;

/** A row as the service writes it for a login. */
function rowOf(n) {
  const id = `019aaf36-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const at = new Date(1_700_000_000_000 + n).toISOString();
  const salt = randomBytes(16);
  const ip = `192.0.2.${n % 256}`;
  const actorHash = createHmac('sha256', salt)
    .update(JSON.stringify([ip, null]))
    .digest();
  const facts = ['auth.logged_in', 'http', `actor-${n % 100}`, `actor-${n % 100}`, `request-${n}`, '{}'];
  const mac = createHmac('sha256', key)
    .update(`sumun audit row ${JSON.stringify([id, at, ...facts, null, actorHash.toString('base64')])}`)
    .digest();
  const [type, via, actor_id, subject_id, request_id, details] = facts;
  const hashes = { actor_salt: hex(salt), actor_hash: hex(actorHash), mac: hex(mac) };
  return { id, at, type, via, actor_id, subject_id, request_id, details, ip, key_id: keyId, ...hashes };
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const show = (what, ms) =>
  console.log(
    `${what.padEnd(9)} ${Math.round((ROWS / ms) * 1000).toLocaleString('en')} rows/s  (${Math.round(ms)} ms)`,
  );

async function verify(app) {
  for (let state; ;) {
    const stretch = await app.get(ControlCommands).run('audit:verify', { state });
    if (stretch.findings.length > 0) throw new Error(JSON.stringify(stretch.findings));
    if (stretch.unsealed !== undefined) return stretch.state.rows;
    state = stretch.state;
  }
}

async function measure(app) {
  const { orm } = app.get(Database);
  const pool = orm.$client;
  const writing = await timed(async () => {
    for (let from = 0; from < ROWS; from += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, ROWS - from) }, (_, i) => rowOf(from + i));
      const text = 'INSERT INTO audit_events SELECT * FROM json_populate_recordset(NULL::audit_events, $1)';
      await pool.query(text, [JSON.stringify(rows)]);
    }
  });
  show('written', writing);
  show('sealed', await timed(() => app.get(Timers).runAll()));
  let rows;
  show('verified', await timed(async () => void (rows = await verify(app))));
  if (rows < ROWS) throw new Error(`Only ${rows} rows were sealed.`);
}

const server = process.env.TEST_DATABASE_URL;
const name = `sumun_bench_${randomBytes(6).toString('hex')}`;
const dataDir = mkdtempSync(join(tmpdir(), 'sumun-bench-'));

const environment = { DATA_DIR: dataDir, SECRET_KEY: secretKey.toString('base64url'), LOG_LEVEL: 'warn' };
if (server) {
  await administer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  environment.DATABASE_URL = url.href;
}
const app = await createApp(loadConfiguration({ NODE_ENV: 'test', ...environment }, dataDir));
try {
  await open(app);
  console.log(`${ROWS.toLocaleString('en')} rows, ${server ? 'PostgreSQL' : 'embedded'}:`);
  await measure(app);
} finally {
  await app.close();
  if (server) await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  rmSync(dataDir, { recursive: true, force: true });
}
