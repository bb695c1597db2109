// Several nodes of the service on one PostgreSQL database, behind a real HAProxy.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const READY = /Sumun is ready at http:\/\/\S+:(\d+)\n/;

async function administer(server, statement) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function startNode(env) {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  const gone = once(child, 'exit').then(() => {
    throw new Error(`A node ended.\n${said}`);
  });
  gone.catch(() => undefined);
  const ready = (async () => {
    while (!READY.test(said)) await once(child.stdout, 'data');
  })();
  await Promise.race([ready, gone]);
  return { child, port: Number(READY.exec(said)[1]) };
}

async function startBalancer(folder, ports) {
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
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries === 100) throw new Error('HAProxy did not start.');
    await pause(50);
  }
  return { child, port };
}

/** Starts so many nodes and the balancer, on a database of their own; `stop` leaves nothing behind. */
export async function startCluster(server, count) {
  const name = `sumun_bench_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'sumun-bench-'));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const children = [];
  const stop = async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    rmSync(folder, { recursive: true, force: true });
  };
  await administer(server, `CREATE DATABASE ${name}`);
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
    const nodes = [];
    for (let n = 0; n < count; n++) {
      const node = await startNode(env);
      children.push(node.child);
      nodes.push(node.port);
    }
    const balancer = await startBalancer(folder, nodes);
    children.push(balancer.child);
    return { nodes, balancer: balancer.port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
