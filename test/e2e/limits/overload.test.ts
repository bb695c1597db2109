import { availableParallelism } from 'node:os';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { anAddress, aUser, PASSWORD } from '../../builders/users.js';
import type { Answer } from '../../support/answer.js';
import { startApp } from '../../support/app.js';
import { aNeighbour } from '../../support/neighbour.js';

/** So slow that only the least number of places is left: four for each hash that runs at once. */
const HASH_SECONDS = 10;
const CONCURRENCY = Math.max(1, Math.min(availableParallelism() - 1, 4 - 2));
const PLACES = 4 * CONCURRENCY;
const FOR_STRANGERS = 3 * CONCURRENCY;

const app = await startApp({
  env: { RATE_LIMITS: 'on', RATE_LIMIT_REGISTER: '1000/1h', UV_THREADPOOL_SIZE: '4' },
});
const hasher = app.nest.get(PasswordHasher);
const { email } = await aUser(app);
const known = aNeighbour(app);
expect((await known.login(email, PASSWORD)).status).toBe(200);
await makeHashesSlow();

let release: (() => void)[] = [];
const verify = jest.spyOn(hasher, 'verify');
const hash = jest.spyOn(hasher, 'hash');
const select = jest.spyOn(app.nest.get(Database).orm, 'select');

afterAll(() => app.stop());
afterEach(() => void jest.clearAllMocks());

/** The queue learns how long a hash takes by the clock. */
async function makeHashesSlow(): Promise<void> {
  const slow = jest.spyOn(hasher, 'verify').mockImplementation(async () => {
    app.clock.advance(HASH_SECONDS);
    return false;
  });
  for (let n = 0; n < 40; n += 1) await aNeighbour(app).login(anAddress(), 'wrong');
  slow.mockRestore();
}

/** Lets in as many strangers as have a place, and keeps them there until the test lets them go. */
async function fill(): Promise<Promise<Answer>[]> {
  release = [];
  select.mockClear();
  verify.mockImplementation(() => new Promise((end) => release.push(() => end(false))));
  const inside = Array.from({ length: FOR_STRANGERS }, () => aNeighbour(app).login(anAddress(), 'wrong'));
  await seen(() => select.mock.calls.length === FOR_STRANGERS && release.length === CONCURRENCY);
  return inside;
}

async function empty(inside: readonly Promise<Answer>[]): Promise<number[]> {
  let all = false;
  const answers = Promise.all(inside).finally(() => (all = true));
  await seen(() => {
    release.splice(0).forEach((end) => end());
    return all;
  });
  verify.mockReset();
  return (await answers).map(({ status }) => status);
}

async function seen(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('more password checks than can be answered in time', () => {
  it('are refused at once, before any look-up and any hash, a known account like an unknown one', async () => {
    const inside = await fill();
    for (const account of [email, anAddress()]) {
      select.mockClear();
      const before = verify.mock.calls.length;
      // Of the processor: what else the machine does meanwhile is not this service's time.
      const began = process.cpuUsage();
      const refused = await aNeighbour(app).login(account, PASSWORD);
      expect(process.cpuUsage(began).user / 1000).toBeLessThan(100);
      expect([refused.status, refused.body.code]).toEqual([503, 'service_overloaded']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(verify.mock.calls.length).toBe(before);
      expect(select).not.toHaveBeenCalled();
    }
    expect(await empty(inside)).toEqual(inside.map(() => 401));
  });

  it('are registrations, too', async () => {
    const inside = await fill();
    hash.mockClear();
    const refused = await aNeighbour(app).post('/auth/register', { email: anAddress(), password: PASSWORD });
    expect([refused.status, refused.body.code]).toEqual([503, 'service_overloaded']);
    expect(hash).not.toHaveBeenCalled();
    await empty(inside);
  });

  it('leave a share to addresses that signed in lately, whichever account they name', async () => {
    const inside = await fill();
    const kept = Array.from({ length: PLACES - FOR_STRANGERS }, () => known.login(anAddress(), 'wrong'));
    await seen(() => select.mock.calls.length === PLACES);
    expect((await known.login(email, PASSWORD)).status).toBe(503);
    expect(await empty([...inside, ...kept])).toEqual(Array.from({ length: PLACES }, () => 401));
  });

  it('count against no limit', async () => {
    const inside = await fill();
    const guesser = aNeighbour(app);
    for (let n = 0; n < 15; n += 1) expect((await guesser.login(email, PASSWORD)).status).toBe(503);
    await empty(inside);
    verify.mockResolvedValue(true);
    expect((await guesser.login(email, PASSWORD)).status).toBe(200);
    verify.mockReset();
  });

  it('are let in again when there is room, and no place is lost', async () => {
    for (let round = 0; round < 5; round += 1)
      expect(await empty(await fill())).toEqual(Array.from({ length: FOR_STRANGERS }, () => 401));
  });
});
