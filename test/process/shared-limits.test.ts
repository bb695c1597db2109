import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { Line } from '../support/line.js';
import { until } from '../support/until.js';
import { Api } from './support/api.js';
import type { Program } from './support/program.js';
import { canStartRedis, startRedis } from './support/redis-server.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(120_000);

const stage = new Stage();
const probe = await ServerDatabase.create();
await probe?.drop();

const EMAIL = 'kim@example.com';
const AWAY = 'Redis is away';
const BACK = 'Redis answers again';

afterAll(() => stage.remove());

interface Node {
  readonly api: Api;
  readonly program: Program;
  /** What `sumun_rate_limits_shared` says. */
  shares(): Promise<boolean>;
}

(canStartRedis && probe ? describe : describe.skip)('two nodes that share their rate limits', () => {
  let database: ServerDatabase;
  let port: number;
  let secretKey: string;
  let line: Line | undefined;

  beforeEach(async () => {
    database = (await ServerDatabase.create())!;
    port = await freePort();
    secretKey = randomBytes(32).toString('base64url');
  });
  afterEach(async () => {
    await stage.end();
    // Also where a test failed half-way: what listens on would keep the whole run from ending.
    await line?.cut();
    line = undefined;
    await database.drop();
  });

  async function startNode(redisUrl = `redis://127.0.0.1:${port}`): Promise<Node> {
    const metrics = await freePort();
    const program = stage.service({
      DATABASE_URL: database.url,
      SECRET_KEY: secretKey,
      ISSUER: 'http://auth.example.com',
      DATA_DIR: stage.dataDir(),
      REDIS_URL: redisUrl,
      METRICS_PORT: String(metrics),
    });
    const api = new Api(await program.ready());
    const shares = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      return /^sumun_rate_limits_shared 1$/m.test(text);
    };
    return { api, program, shares };
  }

  const startTwo = async (): Promise<[Node, Node]> => [await startNode(), await startNode()];

  /** The statuses of so many wrong passwords, one after the other, at one node after the other. */
  async function guess(nodes: readonly Node[], count: number, email = EMAIL): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1)
      statuses.push((await nodes[n % nodes.length]!.api.login(email, `a wrong password ${n}`)).status);
    return statuses;
  }
  const times = (count: number, status: number): number[] => Array<number>(count).fill(status);
  const said = ({ program }: Node, words: string) => program.stdout.split(words).length - 1;
  const allShare = (nodes: readonly Node[], expected: boolean) =>
    until(async () => (await Promise.all(nodes.map((node) => node.shares()))).every((s) => s === expected));

  it('guessing at one account through both: ten tries in all, the eleventh refused whichever it asks', async () => {
    await startRedis(stage, port);
    const nodes = await startTwo();
    expect((await nodes[0].api.register(EMAIL)).status).toBe(201);
    for (let n = 0; n < 12; n += 1) expect((await nodes[n % 2]!.api.login(EMAIL)).status).toBe(200);
    expect(await guess(nodes, 10)).toEqual(times(10, 401));
    for (const { api } of nodes) {
      const refused = await api.login(EMAIL);
      expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    for (const node of nodes) expect(node.program.stdout + node.program.stderr).not.toContain(AWAY);
  });

  it('Redis killed in the middle: each node goes by what it saw, nobody is answered 5xx, and it goes back', async () => {
    const redis = await startRedis(stage, port);
    const nodes = await startTwo();
    expect(await allShare(nodes, true)).toBe(true);
    expect(await guess(nodes, 8)).toEqual(times(8, 401));
    await redis.end();
    expect(await allShare(nodes, false)).toBe(true);
    // Four of the ten were tried at each.
    for (const node of nodes) expect(await guess([node], 8)).toEqual([...times(6, 401), 429, 429]);
    for (const { api } of nodes) expect((await api.get('/health/ready')).status).toBe(200);
    await startRedis(stage, port);
    expect(await allShare(nodes, true)).toBe(true);
    for (const node of nodes) {
      expect(await until(() => said(node, BACK) === 1)).toBe(true);
      expect(said(node, AWAY)).toBe(1);
    }
    expect(await guess(nodes, 2)).toEqual([429, 429]);
    expect(await guess(nodes, 12, 'lee@example.com')).toEqual([...times(10, 401), 429, 429]);
  });

  it('Redis hangs: nobody waits for it, limits hold, and it goes back when it answers', async () => {
    const redis = await startRedis(stage, port);
    const node = await startNode();
    expect(await allShare([node], true)).toBe(true);
    redis.signal('SIGSTOP');
    // Answered while it hangs: nothing is told until it goes on, below.
    expect(await guess([node], 12)).toEqual([...times(10, 401), 429, 429]);
    expect(await allShare([node], false)).toBe(true);
    expect(await until(() => said(node, AWAY) === 1)).toBe(true);
    expect(node.program.stdout).toContain('no answer within 250 ms');
    redis.signal('SIGCONT');
    expect(await allShare([node], true)).toBe(true);
    expect(await until(() => said(node, BACK) === 1)).toBe(true);
  });

  it('a connection that goes silent is left, and another one made', async () => {
    await startRedis(stage, port);
    line = new Line(new URL(`redis://127.0.0.1:${port}`));
    const node = await startNode(await line.mend());
    expect(await allShare([node], true)).toBe(true);
    line.stall();
    expect(await guess([node], 2)).toEqual([401, 401]);
    expect(await until(() => said(node, BACK) === 1)).toBe(true);
    expect(await allShare([node], true)).toBe(true);
  });

  it('starts without Redis, and shares when it comes', async () => {
    const nodes = await startTwo();
    for (const { api } of nodes) expect((await api.get('/health/ready')).status).toBe(200);
    for (const node of nodes) expect(await guess([node], 11)).toEqual([...times(10, 401), 429]);
    await startRedis(stage, port);
    expect(await allShare(nodes, true)).toBe(true);
    expect(await guess(nodes, 11, 'lee@example.com')).toEqual([...times(10, 401), 429]);
  });

  it.each([
    ['a wrong password', ['--requirepass', 'right'], 'WRONGPASS'],
    ['a full Redis', ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'], 'OOM'],
  ])('%s: local limits, one line that says why, and no password in it', async (_, settings, word) => {
    await startRedis(stage, port, settings);
    const node = await startNode(`redis://default:hunter2@127.0.0.1:${port}`);
    expect(await guess([node], 11)).toEqual([...times(10, 401), 429]);
    const log = node.program.stdout + node.program.stderr;
    expect(log.split('\n').filter((line) => line.includes(AWAY))).toHaveLength(1);
    expect(log).toContain(word);
    expect(log).not.toContain('hunter2');
    expect(await node.shares()).toBe(false);
  });
});
