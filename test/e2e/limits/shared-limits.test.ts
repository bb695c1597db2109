import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RateLimits, type Limit, type Reservation } from '../../../src/platform/limits/index.js';
import { aUser, PASSWORD } from '../../builders/users.js';
import { canStartRedis, startRedis } from '../../process/support/redis-server.js';
import { Stage } from '../../process/support/stage.js';
import { startApp, type TestApp } from '../../support/app.js';
import { freePort } from '../../support/free-port.js';
import { aNeighbour } from '../../support/neighbour.js';
import { pause, until } from '../../support/until.js';

const THREE: Limit = { name: 'three', max: 3, windowSeconds: 600 };
const FIVE: Limit = { name: 'five', max: 5, windowSeconds: 3600 };
const SHORT: Limit = { name: 'short', max: 2, windowSeconds: 1 };

(canStartRedis ? describe : describe.skip)('rate limits of two nodes in Redis', () => {
  const stage = new Stage();
  let nodes: TestApp[];
  let one: RateLimits;
  let other: RateLimits;
  let redis: Redis;

  beforeAll(async () => {
    const port = await freePort();
    await startRedis(stage, port);
    const env = {
      RATE_LIMITS: 'on',
      REDIS_URL: `redis://127.0.0.1:${port}/3`,
      SECRET_KEY: randomBytes(32).toString('base64url'),
    };
    nodes = [await startApp({ env }), await startApp({ env })];
    [one, other] = nodes.map(({ nest }) => nest.get(RateLimits)) as [RateLimits, RateLimits];
    redis = new Redis(port, { db: 3 });
  });
  afterEach(() => redis.flushdb());
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    redis.disconnect();
    await stage.end();
    stage.remove();
  });

  const granted = async (limits: RateLimits, key: string, ...more: Limit[]) =>
    (await limits.reserve([THREE, ...more].map((limit) => ({ limit, key })))).granted;

  it('what one node lets through, the other counts', async () => {
    expect([await granted(one, 'a'), await granted(other, 'a'), await granted(one, 'a')]).toEqual(
      Array(3).fill(true),
    );
    const outcome = await other.reserve([{ limit: THREE, key: 'a' }]);
    expect(outcome).toMatchObject({ granted: false, exceeded: [THREE] });
    expect((outcome as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(590);
    expect((outcome as { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(600);
    expect(await granted(one, 'a')).toBe(false);
    expect(await granted(other, 'b')).toBe(true);
  });

  it('many at once on both nodes, before any is counted: no more than the limit', async () => {
    const tries = Array.from({ length: 60 }, (_, n) => granted(n % 2 ? one : other, 'storm'));
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(3);
  });

  it('several limits together, or none: what one refuses counts against no other', async () => {
    for (let n = 0; n < 3; n += 1) await granted(one, 'c');
    for (let n = 0; n < 20; n += 1) expect(await granted(other, 'c', FIVE)).toBe(false);
    const outcomes = [];
    for (let n = 0; n < 6; n += 1) outcomes.push(await other.reserve([{ limit: FIVE, key: 'c' }]));
    expect(outcomes.map((outcome) => outcome.granted)).toEqual([...Array(5).fill(true), false]);
    expect(await redis.keys('*')).toHaveLength(2);
  });

  it('names every limit that is reached, and the longest wait of them', async () => {
    for (let n = 0; n < 3; n += 1) await granted(one, 'd');
    for (let n = 0; n < 5; n += 1) await one.reserve([{ limit: FIVE, key: 'd' }]);
    const keys = [SHORT, THREE, FIVE].map((limit) => ({ limit, key: 'd' }));
    const outcome = await other.reserve(keys);
    expect(outcome).toMatchObject({ granted: false, exceeded: [THREE, FIVE] });
    expect((outcome as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(3500);
  });

  it('a try is given back once, to all nodes', async () => {
    const reservations: Reservation[] = [];
    for (let n = 0; n < 3; n += 1)
      reservations.push((await one.reserve([{ limit: THREE, key: 'e' }])) as Reservation);
    expect(await granted(other, 'e')).toBe(false);
    for (let n = 0; n < 3; n += 1) await reservations[0]!.giveBack();
    expect([await granted(other, 'e'), await granted(other, 'e')]).toEqual([true, false]);
  });

  it("a try leaves the window by Redis's clock: a node whose clock runs ahead frees nobody", async () => {
    for (let n = 0; n < 3; n += 1) await granted(one, 'f');
    nodes.forEach(({ clock }) => clock.advance(24 * 3600));
    expect([await granted(one, 'f'), await granted(other, 'f')]).toEqual([false, false]);
    const short = async () => (await other.reserve([{ limit: SHORT, key: 'f' }])).granted;
    expect([await short(), await short(), await short()]).toEqual([true, true, false]);
    nodes[1]!.clock.advance(2);
    expect(await until(short, 5_000)).toBe(true);
  });

  it('a burst across the edge of two windows gets no double share: each try leaves by itself', async () => {
    const sliding: Limit = { name: 'sliding', max: 2, windowSeconds: 4 };
    const attempt = async () => {
      nodes[1]!.clock.advance(60);
      return (await other.reserve([{ limit: sliding, key: 'g' }])).granted;
    };
    expect(await attempt()).toBe(true);
    await pause(2_500);
    expect([await attempt(), await attempt()]).toEqual([true, false]);
    expect(await until(attempt, 5_000)).toBe(true);
    expect(await attempt()).toBe(false);
  });

  it('Redis is told of nobody, and keeps nothing beyond the window', async () => {
    const [node, neighbour] = [nodes[0]!, aNeighbour(nodes[0]!)];
    const { email } = await aUser(node);
    await redis.flushdb();
    expect(await neighbour.guesses(1, () => email)).toEqual(['invalid_credentials']);
    const keys = await redis.keys('*');
    expect(keys.map((key) => key.replace(/:[\w-]{43}$/, '')).sort()).toEqual(
      ['account', 'address', 'pair'].map((name) => `sumun:limit:login-${name}`),
    );
    for (const key of keys) {
      const held = key + (await redis.zrange(key, '0', '-1')).join();
      expect(held).not.toContain(neighbour.address);
      expect(held).not.toContain('@');
      const millis = await redis.pttl(key);
      expect([millis > 0, millis <= 3_600_000]).toEqual([true, true]);
    }
  });

  it('a login that succeeds is not counted', async () => {
    const [node, neighbour] = [nodes[0]!, aNeighbour(nodes[0]!)];
    const { email } = await aUser(node);
    await redis.flushdb();
    for (let n = 0; n < 12; n += 1) expect((await neighbour.login(email, PASSWORD)).status).toBe(200);
    expect(await redis.keys('sumun:limit:login-*')).toEqual([]);
  });
});
