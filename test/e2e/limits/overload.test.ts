import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { EventLoop } from '../../../src/platform/event-loop/index.js';
import { anAdmin } from '../../builders/administration.js';
import { anAddress, aUser, PASSWORD } from '../../builders/users.js';
import type { Answer } from '../../support/answer.js';
import { startApp } from '../../support/app.js';
import { aNeighbour, Neighbour, times } from '../../support/neighbour.js';

/** So slow that only the least number of places is left: four for each hash that runs at once. */
const HASH_SECONDS = 10;
const CONCURRENCY = 1;
const PLACES = 4 * CONCURRENCY;
const FOR_STRANGERS = 3 * CONCURRENCY;
const KEPT = PLACES - FOR_STRANGERS;
/** What one address has of those for strangers, and one that is known of the others besides. */
const FOR_ONE = Math.max(1, Math.floor(FOR_STRANGERS / 2));
const KEPT_FOR_ONE = Math.ceil(KEPT / 4);

const app = await startApp({
  env: { RATE_LIMITS: 'on', RATE_LIMIT_REGISTER: '1000/1h', PASSWORD_THREADS: String(CONCURRENCY) },
});
const hasher = app.nest.get(PasswordHasher);
// First of all: by a clock that stands still a hash takes no time, and teaches the queue that there is room.
const { email } = await aUser(app);
const admin = await anAdmin(app);
const eightAccounts = await Promise.all(times(8, 0).map(() => aUser(app)));
const known = await aKnownNeighbour();
const otherKnown = await aKnownNeighbour();
const greedy = await aKnownNeighbour();

let release: (() => void)[] = [];
const verify = jest.spyOn(hasher, 'verify');
const hash = jest.spyOn(hasher, 'hash');
const asked = jest.spyOn(pg.Pool.prototype, 'query');

afterAll(() => app.stop());
beforeEach(makeHashesSlow);
afterEach(() => void jest.clearAllMocks());

async function aKnownNeighbour(): Promise<Neighbour> {
  const neighbour = aNeighbour(app);
  expect((await neighbour.login(email, PASSWORD)).status).toBe(200);
  return neighbour;
}

/** The queue learns how long a hash takes by the clock. */
async function makeHashesSlow(): Promise<void> {
  verify.mockImplementation(async () => {
    app.clock.advance(HASH_SECONDS);
    return false;
  });
  for (let n = 0; n < 20; n += 1) await aNeighbour(app).login(anAddress(), 'wrong');
  verify.mockReset();
}

/** Lets in as many strangers as have a place, and keeps them there until the test lets them go. */
async function fill(): Promise<Promise<Answer>[]> {
  hold(false);
  const inside = Array.from({ length: FOR_STRANGERS }, () => aNeighbour(app).login(anAddress(), 'wrong'));
  await seen(() => asked.mock.calls.length === FOR_STRANGERS && release.length === CONCURRENCY);
  return inside;
}

/** Every check goes on until the test lets it end. */
function hold(genuine: boolean): void {
  release = [];
  asked.mockClear();
  verify.mockImplementation(() => new Promise((end) => release.push(() => end(genuine))));
}

/** Waits until each of them has been let in or refused, and answers how many were refused. */
async function refusedOf(answers: readonly Promise<Answer>[]): Promise<number> {
  let refused = 0;
  for (const answer of answers) void answer.then(({ status }) => (refused += status === 503 ? 1 : 0));
  await seen(() => refused + asked.mock.calls.length === answers.length);
  return refused;
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
      asked.mockClear();
      const before = verify.mock.calls.length;
      // Of the processor: what else the machine does meanwhile is not this service's time.
      const began = process.cpuUsage();
      const refused = await aNeighbour(app).login(account, PASSWORD);
      expect(process.cpuUsage(began).user / 1000).toBeLessThan(100);
      expect([refused.status, refused.body.code]).toEqual([503, 'service_overloaded']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(verify.mock.calls.length).toBe(before);
      expect(asked).not.toHaveBeenCalled();
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
    const kept = [known, otherKnown].slice(0, KEPT).map((one) => one.login(anAddress(), 'wrong'));
    await seen(() => asked.mock.calls.length === PLACES);
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

describe('an event loop that is late', () => {
  it('costs strangers every password check, and known clients and cheap requests nothing', async () => {
    verify.mockResolvedValue(true);
    const token = (await known.login(email, PASSWORD)).body.access_token as string;
    const late = jest.spyOn(app.nest.get(EventLoop), 'isLate', 'get').mockReturnValue(true);
    const stranger = aNeighbour(app);
    const register = { email: anAddress(), password: PASSWORD };
    asked.mockClear();
    const refused = [
      await stranger.login(email, PASSWORD),
      await stranger.login(anAddress(), PASSWORD),
      await stranger.post('/auth/register', register),
    ];
    expect(asked).not.toHaveBeenCalled();
    // Asked for by whoever holds a stolen token, from an address that never signed in.
    refused.push(await stranger.post('/auth/reauthenticate', { password: PASSWORD }, token));
    for (const answer of refused) {
      expect([answer.status, answer.body.code]).toEqual([503, 'service_overloaded']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect((await app.http.get('/protected', { token })).status).toBe(200);
    expect((await known.login(email, PASSWORD)).status).toBe(200);
    late.mockRestore();
    expect((await stranger.login(email, PASSWORD)).status).toBe(200);
    verify.mockReset();
  });
});

describe('one client that would have the whole queue', () => {
  it('signs in eighty times at once to accounts of its own, and others get in still', async () => {
    hold(true);
    const flood = eightAccounts
      .flatMap((own) => times(10, own.email))
      .map((own) => greedy.login(own, PASSWORD));
    const refused = await refusedOf(flood);
    const honest = [known.login(email, PASSWORD), aNeighbour(app).login(email, PASSWORD)];
    await refusedOf([...flood, ...honest]);
    const statuses = await empty([...flood, ...honest]);
    expect(statuses.slice(-2)).toEqual([200, 200]);
    expect(80 - refused).toBe(FOR_ONE + KEPT_FOR_ONE);
  });

  it('comes from every address of its IPv6 network, which is one client', async () => {
    hold(false);
    const flood = times(40, 0).map((_, n) =>
      new Neighbour(app, `2001:db8:0:9:${n}::1`).login(anAddress(), 'wrong'),
    );
    expect(40 - (await refusedOf(flood))).toBe(FOR_ONE);
    await empty(flood);
  });

  it('makes accounts for others, and an administrator elsewhere can still make one', async () => {
    verify.mockResolvedValue(true);
    const token = (await aNeighbour(app).login(admin.email, PASSWORD)).body.access_token as string;
    release = [];
    hash.mockImplementation(() => new Promise((end) => release.push(() => end('no hash'))));
    const [busy, elsewhere] = [aNeighbour(app), aNeighbour(app)];
    const make = (from: Neighbour) =>
      from.post('/admin/users', { email: anAddress(), password: PASSWORD }, token);
    const first = times(FOR_ONE + KEPT_FOR_ONE, 0).map(() => make(busy));
    await seen(() => release.length === CONCURRENCY);
    const other = make(elsewhere);
    expect((await make(busy)).status).toBe(503);
    const made = await empty([...first, other]);
    hash.mockReset();
    expect(made).toEqual(made.map(() => 201));
  });
});
