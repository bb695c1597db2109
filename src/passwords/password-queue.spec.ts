import { describe, expect, it } from '@jest/globals';
import { Clock } from '../platform/clock/index.js';
import type { Configuration } from '../platform/config/index.js';
import type { EventLoop } from '../platform/event-loop/index.js';
import type { Log } from '../platform/logging/index.js';
import { Problem } from '../platform/problem/index.js';
import { Tracing } from '../platform/tracing/index.js';
import { PasswordQueue, type InTurn } from './password-queue.js';
import type { Asker } from './places.js';

const SLOW_MS = 1000;

/** A hash that ends when the test says so. */
class HeldHashes {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();

  constructor(private readonly takeTime: () => void) {}

  hash(name: string): Promise<string> {
    this.begun.push(name);
    return new Promise((resolve, reject) =>
      this.ends.set(name, (error) => (error ? reject(error) : resolve(name))),
    );
  }

  async end(name: string, error?: Error): Promise<void> {
    this.takeTime();
    this.ends.get(name)!(error);
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let serial = 0;

/** A client at an address that no other has. */
function aStranger(): Asker {
  return { address: `stranger ${++serial}`, known: false };
}

async function queueOf({ threads = 1, limit = 4, hashMs = SLOW_MS } = {}) {
  const clock = new Clock();
  let now = 0;
  clock.monotonicMillis = () => now;
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => warnings.push(message) } as unknown as Log;
  const configuration = { hashesAtOnce: threads, passwordWaitLimitSeconds: limit } as Configuration;
  const loop = { isLate: false } as EventLoop;
  const queue = new PasswordQueue(configuration, clock, log, loop, new Tracing(configuration));
  const advance = (milliseconds: number) => (now += milliseconds);
  // Long enough for the average to be that of these hashes.
  for (let n = 0; n < 60; n += 1)
    await queue.admit('operator', (inTurn) => inTurn(async () => void advance(hashMs)));
  const hashes = new HeldHashes(() => void advance(hashMs));
  const ask = (name: string, asker = aStranger()) =>
    queue.admit(asker, (inTurn) => inTurn(() => hashes.hash(name)));
  return { queue, hashes, ask, advance, warnings };
}

function outcomeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'done',
    (error: unknown) => (error instanceof Problem ? error.definition.code : 'failed'),
  );
}

it('as many hashes run at once as are configured', async () => {
  const expected = 3;
  const configuration = { hashesAtOnce: expected, passwordWaitLimitSeconds: 4 } as Configuration;
  const [log, loop] = [{} as Log, { isLate: false } as EventLoop];
  const queue = new PasswordQueue(configuration, new Clock(), log, loop, new Tracing(configuration));
  let [running, most] = [0, 0];
  const work = (inTurn: InTurn) =>
    inTurn(async () => {
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
    });
  await Promise.all(Array.from({ length: 2 * expected + 1 }, () => queue.admit('operator', work)));
  expect(most).toBe(expected);
});

// One hash runs at once: of a second each, four end in the limit.
describe('the queue', () => {
  it('runs one after the other, in the order in which they came', async () => {
    const { hashes, ask } = await queueOf();
    const answers = ['a', 'b', 'c'].map((name) => ask(name));
    await settled();
    expect(hashes.begun).toEqual(['a']);
    await hashes.end('a');
    expect(hashes.begun).toEqual(['a', 'b']);
    await hashes.end('b');
    await hashes.end('c');
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
  });

  it('refuses what could not be answered in time, before any of its work is begun', async () => {
    const { queue, hashes, ask } = await queueOf();
    expect(queue.depth).toBe(4);
    const inside = ['a', 'b', 'c'].map((name) => ask(name));
    let begun = false;
    const refused = queue.admit(aStranger(), async () => {
      begun = true;
    });
    await expect(refused).rejects.toMatchObject({
      definition: { code: 'service_overloaded', status: 503 },
      headers: { 'Retry-After': '3' },
    });
    expect(begun).toBe(false);
    for (const name of ['a', 'b', 'c']) await hashes.end(name);
    expect(await Promise.all(inside)).toHaveLength(3);
  });

  it('has as many places as hashes end within the limit, by how long they really take', async () => {
    const { queue } = await queueOf({ limit: 20, hashMs: 100 });
    expect(queue.depth).toBeGreaterThan(150);
    expect(queue.depth).toBeLessThanOrEqual(201);
  });

  it('has a few places even where hashes take longer than the limit', async () => {
    expect((await queueOf({ limit: 1, hashMs: 30_000 })).queue.depth).toBe(4);
  });

  it('has a bounded number of places where hashes take no time', async () => {
    expect((await queueOf({ limit: 2, hashMs: 0 })).queue.depth).toBeLessThanOrEqual(2000);
  });

  it('is not thrown by a machine that slept in the middle of a hash', async () => {
    const { queue, advance } = await queueOf({ limit: 2, hashMs: 20 });
    await queue.admit('operator', (inTurn) => inTurn(async () => void advance(3_600_000)));
    for (let n = 0; n < 20; n += 1)
      await queue.admit('operator', (inTurn) => inTurn(async () => void advance(20)));
    expect(queue.depth).toBeGreaterThan(20);
  });

  it('keeps a quarter of its places for clients that signed in lately', async () => {
    const { queue, hashes, ask } = await queueOf({ limit: 8 });
    expect(queue.depth).toBe(8);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const strangers = names.map((name) => ask(name));
    expect(await outcomeOf(ask('one too many'))).toBe('service_overloaded');
    const known = ['k1', 'k2'].map((name) => ask(name, { address: name, known: true }));
    expect(await outcomeOf(ask('k3', { address: 'k3', known: true }))).toBe('service_overloaded');
    for (const name of [...names, 'k1', 'k2']) await hashes.end(name);
    expect(await Promise.all([...strangers, ...known])).toEqual([...names, 'k1', 'k2']);
  });

  it('lets an operator wait, however many there are', async () => {
    const { hashes, ask } = await queueOf();
    const names = Array.from({ length: 20 }, (_, n) => `o${n}`);
    const answers = names.map((name) => ask(name, 'operator'));
    for (const name of names) await hashes.end(name);
    expect(await Promise.all(answers)).toEqual(names);
  });

  it('frees place and turn of a hash that failed, and of work that failed before its hash', async () => {
    const { queue, hashes, ask } = await queueOf();
    for (let round = 0; round < 20; round += 1) {
      const failing = outcomeOf(ask(`fails ${round}`));
      const next = ask(`next ${round}`);
      await hashes.end(`fails ${round}`, new Error('no memory left'));
      await hashes.end(`next ${round}`);
      expect([await failing, await next]).toEqual(['failed', `next ${round}`]);
      const away = queue.admit(aStranger(), async () => Promise.reject(new Error('the database is away')));
      expect(await outcomeOf(away)).toBe('failed');
    }
    const full = ['a', 'b', 'c'].map((name) => ask(name));
    expect(await outcomeOf(ask('d'))).toBe('service_overloaded');
    for (const name of ['a', 'b', 'c']) await hashes.end(name);
    expect(await Promise.all(full)).toEqual(['a', 'b', 'c']);
  });

  it('never runs more at once than it may, though hashes end and come at random', async () => {
    const { queue } = await queueOf({ limit: 60, hashMs: 1 });
    let running = 0;
    let most = 0;
    const work = (inTurn: InTurn) =>
      inTurn(async () => {
        most = Math.max(most, (running += 1));
        await settled();
        running -= 1;
      });
    const answers = Array.from({ length: 50 }, async (_, n) => {
      for (let wait = n % 7; wait > 0; wait -= 1) await settled();
      await queue.admit(aStranger(), work);
    });
    await Promise.all(answers);
    expect(most).toBe(1);
  });

  it('says once, and not once a refusal, that it refuses', async () => {
    const { hashes, ask, advance, warnings } = await queueOf();
    const inside = ['a', 'b', 'c'].map((name) => ask(name));
    for (let n = 0; n < 10; n += 1) await outcomeOf(ask('refused'));
    expect(warnings).toHaveLength(1);
    advance(60_000);
    await outcomeOf(ask('refused'));
    expect(warnings).toHaveLength(2);
    for (const name of ['a', 'b', 'c']) await hashes.end(name);
    await Promise.all(inside);
  });
});
