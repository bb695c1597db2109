// Several nodes of the service on one PostgreSQL database, behind a real HAProxy.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from '../test/cluster/databases.js';
import { Node } from '../test/cluster/nodes.js';
import { freePort } from '../test/cluster/ports.js';
import { found, Program } from '../test/cluster/programs.js';

async function startBalancer(folder, ports, stopLater) {
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
  const balancer = new Program(found(['haproxy', '/usr/sbin/haproxy'], ['-v']), ['-db', '-f', file]);
  stopLater(() => balancer.end());
  await balancer.listening(port);
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
  const ends = [];
  const stopLater = (end) => ends.push(end);
  const stop = async () => {
    await Promise.all(ends.map((end) => end()));
    rmSync(folder, { recursive: true, force: true });
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  const env = {
    DATABASE_URL: url.href,
    DATA_DIR: join(folder, 'data'),
    SECRET_KEY: randomBytes(32).toString('base64url'),
    ...{ HOST: '127.0.0.1', ISSUER: 'http://auth.example.com', LOG_LEVEL: 'warn', RATE_LIMITS: 'off' },
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
    for (let n = 0; n < count; n++) {
      stopped.throwIfAborted();
      const node = new Node(env);
      stopLater(() => node.close());
      await node.start();
      nodes.push(node.port);
    }
    stopped.throwIfAborted();
    return { nodes, balancer: await startBalancer(folder, nodes, stopLater), stop };
  } catch (error) {
    // What led here is told, not what it led to: where there is no server, none can be tidied up.
    await stop().catch(() => undefined);
    throw stopped.aborted ? stopped.reason : error;
  }
}
