import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Node } from './nodes.js';
import { freePort } from './ports.js';
import { PostgresServer } from './postgres.js';
import { found, Program } from './programs.js';

const HAPROXY = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url));
const DATABASE = 'sumun';
/** Owns its database and nothing more, as in production. */
const ROLE = 'sumun';

/** What a node is told wherever it runs here. */
export const NODE_SETTINGS = {
  ...{ NODE_ENV: 'test', HOST: '127.0.0.1', ISSUER: 'https://auth.example.com', LOG_LEVEL: 'warn' },
  // What production takes for it; there the hashes could not be as cheap as they are here, where they are not tested.
  ...{ SHUTDOWN_DELAY: '5s', PASSWORD_HASH_MEMORY: '8', PASSWORD_HASH_TIME: '1' },
};

/**
 * Two nodes, PostgreSQL, Redis, and HAProxy with deploy/haproxy.cfg, all of them started here, on free ports, with
 * their files in one folder; `close` leaves nothing behind.
 */
export class Cluster {
  nodes = [];
  folder;
  #redis;
  #redisPort;
  #proxy;

  /** @param env what the nodes are told beyond what joins them */
  static async start(env = {}) {
    const cluster = new Cluster();
    cluster.folder = mkdtempSync(join(tmpdir(), 'sumun-cluster-'));
    try {
      await cluster.#start(env);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Where everybody finds the nodes. */
  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get databaseUrl() {
    return this.postgres.url(ROLE, DATABASE);
  }

  /** One statement in the nodes' database, by what may do everything. */
  administer(statement) {
    return this.postgres.administer(statement, DATABASE);
  }

  /** Ends it as a crash would. */
  killRedis() {
    return this.#redis.end();
  }

  async startRedis() {
    const args = ['--port', `${this.#redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#redis = new Program(found(['redis-server'], ['--version']), args, { cwd: this.folder });
    await this.#redis.listening(this.#redisPort);
  }

  /** A database may be reached over several ways; the nodes are restarted for another one. */
  async reachDatabaseAt(url) {
    for (const node of this.nodes) {
      await node.kill();
      node.change({ DATABASE_URL: url });
      await node.start();
    }
  }

  async close() {
    await Promise.all(this.nodes.map((node) => node.close()));
    await Promise.all([this.#proxy?.end(), this.#redis?.end(), this.postgres?.stop('immediate')]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(env) {
    // PostgreSQL runs as somebody else, and has to reach its own folder.
    chmodSync(this.folder, 0o755);
    this.postgres = await PostgresServer.start(mkdtempSync(join(this.folder, 'server-')));
    await this.postgres.administer(`CREATE ROLE ${ROLE} LOGIN`);
    await this.postgres.administer(`CREATE DATABASE ${DATABASE} OWNER ${ROLE}`);
    this.#redisPort = await freePort();
    await this.startRedis();
    const shared = {
      ...{ ...NODE_SETTINGS, DATABASE_URL: this.databaseUrl, DATA_DIR: join(this.folder, 'nothing') },
      ...{ REDIS_URL: `redis://127.0.0.1:${this.#redisPort}/0`, TRUSTED_PROXIES: '127.0.0.1' },
      ...{ SECRET_KEY: randomBytes(32).toString('base64url'), ...env },
    };
    for (const port of [await freePort(), await freePort()]) {
      const metrics = await freePort();
      const node = new Node({ ...shared, PORT: `${port}`, METRICS_PORT: `${metrics}` });
      node.metrics = `http://127.0.0.1:${metrics}/metrics`;
      this.nodes.push(node);
    }
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.#startProxy();
  }

  async #startProxy() {
    this.port = await freePort();
    const [first, second] = this.nodes.map(({ port }) => `127.0.0.1:${port}`);
    const env = {
      ...{ PATH: process.env.PATH, SUMUN_BIND: `127.0.0.1:${this.port}` },
      ...{ SUMUN_NODE_1: first, SUMUN_NODE_2: second },
    };
    this.#proxy = new Program(found(['haproxy', '/usr/sbin/haproxy'], ['-v']), ['-db', '-f', HAPROXY], {
      env,
    });
    await this.#proxy.listening(this.port);
  }
}
