// Several nodes of the service on one PostgreSQL database, behind a real HAProxy.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from './processes.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const READY_LIMIT_MS = 60_000;
const READY = /Sumun is ready at http:\/\/\S+:(\d+)\n/;

async function administer(server, statement) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function startNode(env, children, stopped) {
  const late = AbortSignal.any([stopped, AbortSignal.timeout(READY_LIMIT_MS)]);
  late.throwIfAborted();
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  const gone = once(child, 'exit').then(() => {
    throw new Error(`A node ended.\n${said}`);
  });
  gone.catch(() => undefined);
  const ready = (async () => {
    while (!READY.test(said)) await once(child.stdout, 'data');
  })();
  const tooLate = once(late, 'abort').then(() => Promise.reject(late.reason));
  tooLate.catch(() => undefined);
  await Promise.race([ready, gone, tooLate]);
  return Number(READY.exec(said)[1]);
}

async function startBalancer(folder, ports, children, stopped) {
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  const servers = ports.map((each, n) => `    server node${n} 127.0.0.1:${each}`);
  const lines = [
    'defaults',
    '    mode http',
    '    timeout connect 5s',
    '    timeout client 30s',
    '    timeout server 30s',
    'listen balancer',
    `    bind 127.0.0.1:${port}`,
    '    balance roundrobin',
    '    http-reuse always',
    ...servers,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const child = spawn('haproxy', ['-db', '-f', file], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
  for (let tries = 0; !(await answers(port)); tries++) {
    stopped.throwIfAborted();
    if (child.exitCode !== null || tries === 100) throw new Error('HAProxy did not start.');
    await pause(50);
  }
  return port;
}

/**
 * Starts so many nodes and the balancer, on a database of their own; `stop` leaves nothing behind.
 *
 * @param stopped a signal to give up, with nothing left behind
 */
export async function startCluster(server, count, stopped) {
  const name = `sumun_bench_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'sumun-bench-'));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const children = [];
  const stop = async () => {
    for (const child of children) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: url.href,
    DATA_DIR: join(folder, 'data'),
    SECRET_KEY: randomBytes(32).toString('base64url'),
    ...{
      HOST: '127.0.0.1',
      PORT: '0',
      ISSUER: 'http://auth.example.com',
      LOG_LEVEL: 'warn',
      RATE_LIMITS: 'off',
    },
    // What signs in here is not measured.
    ...{
      PASSWORD_HASH_MEMORY: '8',
      PASSWORD_HASH_TIME: '1',
      ACCESS_TOKEN_TTL: '1h',
      MAX_SESSIONS_PER_USER: '10000',
    },
  };
  try {
    await administer(server, `CREATE DATABASE ${name}`);
    const nodes = [];
    for (let n = 0; n < count; n++) nodes.push(await startNode(env, children, stopped));
    return { nodes, balancer: await startBalancer(folder, nodes, children, stopped), stop };
  } catch (error) {
    // What led here is told, not what it led to: where there is no server, none can be tidied up.
    await stop().catch(() => undefined);
    throw error;
  }
}
