import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { Line } from '../support/line.js';
import { pause, until } from '../support/until.js';
import { Api, PASSWORD, type Answer } from './support/api.js';
import { findHaproxy } from './support/installed.js';
import { ROOT, type Program } from './support/program.js';
import { canStartRedis, startRedis } from './support/redis-server.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(120_000);

const CONFIGURATION = join(ROOT, 'deploy', 'haproxy.cfg');
/** Undefined where they are missing; on the CI machine that fails. */
const haproxy = findHaproxy();
const database = await ServerDatabase.create();

const stage = new Stage();
const line = database && new Line(new URL(database.url));
afterAll(async () => {
  await stage.end();
  await line?.cut();
  stage.remove();
  await database?.drop();
});

interface Node {
  readonly program: Program;
  readonly port: string;
  /** How often it has answered so. */
  count(method: string, route: string, status: number): Promise<number>;
}

(haproxy && database && canStartRedis ? describe : describe.skip)(
  'two nodes behind deploy/haproxy.cfg',
  () => {
    const nodes: Node[] = [];
    let environment: Record<string, string>;
    let origin: string;
    let settings: Record<string, string>;

    async function startNode(port = '0'): Promise<Node> {
      const metrics = await freePort();
      const program = stage.service({ ...settings, PORT: port, METRICS_PORT: String(metrics) });
      const { port: own } = new URL(await program.ready());
      const count = async (method: string, route: string, status: number) => {
        const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
        const labels = `{method="${method}",route="${route}",status="${status}"}`;
        const line = text
          .split('\n')
          .find((one) => one.startsWith(`sumun_http_request_duration_seconds_count${labels}`));
        return Number(line?.split(' ')[1] ?? 0);
      };
      return { program, port: own, count };
    }

    beforeAll(async () => {
      const redis = await freePort();
      await startRedis(stage, redis);
      settings = {
        DATABASE_URL: await line!.mend(),
        REDIS_URL: `redis://127.0.0.1:${redis}/0`,
        SECRET_KEY: randomBytes(32).toString('base64url'),
        ISSUER: 'http://auth.example.com',
        HOST: '127.0.0.1',
        DATA_DIR: stage.dataDir(),
        TRUSTED_PROXIES: '127.0.0.1',
        SHUTDOWN_DELAY: '5s',
        MAX_SESSIONS_PER_USER: '10000',
      };
      nodes.push(await startNode(), await startNode());
      const port = await freePort();
      origin = `http://127.0.0.1:${port}`;
      environment = {
        SUMUN_BIND: `127.0.0.1:${port}`,
        SUMUN_NODE_1: `127.0.0.1:${nodes[0]!.port}`,
        SUMUN_NODE_2: `127.0.0.1:${nodes[1]!.port}`,
      };
      await stage.program(haproxy!, ['-db', '-f', CONFIGURATION], { env: environment }).listening(port);
    });

    /** What the proxy answers a client at another of the loopback addresses. */
    function from(address: string, path: string, body: object, forwardedFor: string): Promise<number> {
      return new Promise((resolve, reject) => {
        const headers = {
          'Content-Type': 'application/json',
          'X-Forwarded-For': forwardedFor,
          Forwarded: forwardedFor,
        };
        const asked = request(new URL(path, origin), {
          method: 'POST',
          headers,
          localAddress: address,
          agent: false,
        });
        asked.on('error', reject).on('response', (response) => {
          response.resume().on('end', () => resolve(response.statusCode!));
        });
        asked.end(JSON.stringify(body));
      });
    }

    const answered = (route: string, method = 'POST') =>
      Promise.all(nodes.map((node) => node.count(method, route, 200)));

    it('HAProxy itself finds nothing wrong with the file', () => {
      const { status, stderr } = spawnSync(haproxy!, ['-c', '-f', CONFIGURATION], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      });
      expect([status, stderr.includes('ALERT'), stderr.includes('WARNING')]).toEqual([0, false, false]);
    });

    it('signs in on one node, refreshes on the other, and ends on both', async () => {
      const client = new Api(origin);
      expect((await client.register('kim@example.com')).status).toBe(201);
      let { body: tokens } = await client.login('kim@example.com');
      for (let n = 0; n < 6; n += 1) {
        const refreshed = await client.ask('POST', '/auth/refresh', { refresh_token: tokens.refresh_token });
        expect(refreshed.status).toBe(200);
        tokens = refreshed.body;
        // Two: of an even number in turn, one node would be sent all that is alike.
        for (const _ of [1, 2])
          expect((await client.get('/protected', tokens.access_token)).status).toBe(200);
      }
      for (const counts of [await answered('/auth/refresh'), await answered('/protected', 'GET')])
        expect(counts.every((count) => count > 0)).toBe(true);
      expect((await client.ask('POST', '/auth/logout', undefined, tokens.access_token)).status).toBe(204);
      const dead = async () => {
        const answers = [1, 2].map(() => client.get('/protected', tokens.access_token));
        return (await Promise.all(answers)).every(({ status }) => status === 401);
      };
      expect(await until(dead)).toBe(true);
    });

    it("a made-up X-Forwarded-For: limits count the client's own address, and over both nodes", async () => {
      const attempt = (address: string, n: number) =>
        from(address, '/auth/login', { email: 'lee@example.com', password: `wrong ${n}` }, `192.0.2.${n}`);
      const statuses: number[] = [];
      for (let n = 1; n <= 12; n += 1) statuses.push(await attempt('127.0.0.5', n));
      expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
      const counts = await Promise.all(nodes.map((node) => node.count('POST', '/auth/login', 401)));
      expect(counts.every((count) => count > 0)).toBe(true);
      // A neighbour is not taken for him, nor for the proxy.
      expect(await attempt('127.0.0.6', 1)).toBe(401);
    });

    /** Asks without a pause as two clients, one on a connection that it keeps, until told to stop. */
    function traffic(token: string): { stop(): Promise<Answer[]> } {
      let going = true;
      const answers: Answer[] = [];
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (client: Api): Promise<void> => {
        while (going) {
          answers.push(await client.get('/users/me', token));
          answers.push(await client.login('kim@example.com', PASSWORD));
        }
      };
      const asking = Promise.all([ask(new Api(origin)), ask(new Api(origin, agent))]);
      return {
        stop: async () => {
          going = false;
          await asking;
          agent.destroy();
          return answers;
        },
      };
    }

    it('a node that is stopped while both are asked: no request fails, and it is asked again when it is back', async () => {
      const token = await new Api(origin).token('kim@example.com');
      const clients = traffic(token);
      nodes[0]!.program.signal('SIGTERM');
      expect((await nodes[0]!.program.ended()).code).toBe(0);
      const answers = await clients.stop();
      expect(answers.length).toBeGreaterThan(10);
      expect(answers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
      nodes[0] = await startNode(nodes[0]!.port);
      const client = new Api(origin);
      const askedAgain = async () => {
        expect((await client.get('/protected', token)).status).toBe(200);
        return (await nodes[0]!.count('GET', '/protected', 200)) > 0;
      };
      expect(await until(askedAgain)).toBe(true);
    });

    it('no node is ready: they say so themselves, go on with what needs no database, and recover', async () => {
      const client = new Api(origin);
      const token = await client.token('kim@example.com');
      for (const _ of [1, 2, 3, 4]) await client.get('/protected', token);
      await line!.cut();
      const unready = (port: string) => new Api(`http://127.0.0.1:${port}`).get('/health/ready');
      for (const { port } of nodes) expect((await unready(port)).status).toBe(503);
      // Longer than the proxy takes to find that out of both.
      for (const end = Date.now() + 2_500; Date.now() < end; await pause(50)) {
        const [login, seen] = [await client.login('kim@example.com'), await client.get('/protected', token)];
        expect([login.status, login.body.code, seen.status]).toEqual([503, 'service_unavailable', 200]);
      }
      await line!.mend();
      expect(await until(async () => (await client.login('kim@example.com')).status === 200)).toBe(true);
    });

    it('a node that is killed: what comes after is answered by the other', async () => {
      const client = new Api(origin);
      const token = await client.token('kim@example.com');
      await nodes[1]!.program.end();
      for (let n = 0; n < 20; n += 1) {
        expect((await client.get('/users/me', token)).status).toBe(200);
        expect((await client.login('kim@example.com')).status).toBe(200);
      }
    });
  },
);
