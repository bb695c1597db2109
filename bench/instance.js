// One service as `npm start` runs it, on a database of its own.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const READY_LIMIT_MS = 180_000;
const READY = /Sumun is ready at http:\/\/\S+:(\d+)\n/;

async function administer(server, statement) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** Where an instance keeps its data: a folder, and on a server a new database; `remove` leaves nothing behind. */
export async function makePlace(server) {
  const folder = mkdtempSync(join(tmpdir(), 'sumun-bench-'));
  const env = { DATA_DIR: join(folder, 'data') };
  const name = `sumun_bench_${randomBytes(6).toString('hex')}`;
  if (server !== undefined) {
    await administer(server, `CREATE DATABASE ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    env.DATABASE_URL = url.href;
  }
  const remove = async () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (server !== undefined) await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { env, remove };
}

/** Starts it, and answers when it is ready, how long that took, and how to look at it and stop it. */
export async function startInstance(env) {
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...{ PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error' },
      ...{ SECRET_KEY: Buffer.alloc(32, 'bench').toString('base64url'), ...env },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  const late = setTimeout(() => child.kill('SIGKILL'), READY_LIMIT_MS);
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`The service ended.\n${said}`)));
  gone.catch(() => undefined);
  while (!READY.test(said)) await Promise.race([once(child.stdout, 'data'), gone]);
  const readyMs = performance.now() - began;
  clearTimeout(late);
  return {
    cpuSeconds: () => cpuSeconds(child.pid),
    port: Number(READY.exec(said)[1]),
    readyMs,
    residentBytes: () => residentBytes(child.pid),
    stop,
  };
}

/** Undefined where there is no /proc. */
function residentBytes(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** What the process has used of the processor, in ticks of a hundredth of a second; undefined where there is no /proc. */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
