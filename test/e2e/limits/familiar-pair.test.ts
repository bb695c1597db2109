import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { anAddress, aUser, PASSWORD } from '../../builders/users.js';
import { startApp, type TestApp } from '../../support/app.js';
import { aNeighbour, Neighbour, times } from '../../support/neighbour.js';

const LIMITS = { RATE_LIMITS: 'on', RATE_LIMIT_REGISTER: '1000/1h' };
const DAY = 24 * 3600;
/** Beyond what memory holds of a login. */
const FORGOTTEN = DAY + 1;

let app: TestApp = await startApp({ env: LIMITS });
afterAll(() => app.stop());

async function anOwner() {
  const { email } = await aUser(app);
  const home = aNeighbour(app);
  const login = await home.login(email, PASSWORD);
  expect(login.status).toBe(200);
  app.clock.advance(FORGOTTEN);
  return { email, home, refreshToken: login.body.refresh_token as string };
}

/** Strangers use up what is let through to the account over all addresses. */
async function besiege(email: string, besieged = app): Promise<Neighbour> {
  for (let n = 0; n < 10; n += 1) await aNeighbour(besieged).guesses(10, () => email);
  const last = aNeighbour(besieged);
  expect(await last.guesses(1, () => email)).toEqual(['rate_limited']);
  return last;
}

describe('a familiar pair', () => {
  it('gets in while strangers have used up the limit of the account; strangers do not', async () => {
    const { email, home } = await anOwner();
    const stranger = await besiege(email);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    expect((await stranger.login(email, PASSWORD)).status).toBe(429);
  });

  it('gets in while somebody at the same address has used up the limit of the address', async () => {
    const { email, home } = await anOwner();
    const other = await anOwner();
    await home.guesses(100, anAddress);
    expect((await home.login(other.email, PASSWORD)).status).toBe(429);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
  });

  it('is still bound by its own limit, which strangers do not use up', async () => {
    const { email, home } = await anOwner();
    await besiege(email);
    expect(await home.guesses(11, () => email)).toEqual([
      ...times(10, 'invalid_credentials'),
      'rate_limited',
    ]);
    app.clock.advance(300);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
  });

  it('stays so when the device has moved on and the session has ended', async () => {
    const { email, home, refreshToken } = await anOwner();
    const away = aNeighbour(app);
    const refreshed = await away.post('/auth/refresh', { refresh_token: refreshToken });
    await away.post('/auth/logout', { refresh_token: refreshed.body.refresh_token as string });
    await besiege(email);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    expect((await away.login(email, PASSWORD)).status).toBe(429);
  });

  it('is known after a restart', async () => {
    const { email, home } = await anOwner();
    app = await app.restart();
    await besiege(email);
    expect((await new Neighbour(app, home.address).login(email, PASSWORD)).status).toBe(200);
  });

  it('is the whole /64 of an IPv6 address', async () => {
    const { email } = await aUser(app);
    await new Neighbour(app, '2001:db8:0:7::1').login(email, PASSWORD);
    app.clock.advance(FORGOTTEN);
    await besiege(email);
    expect((await new Neighbour(app, '2001:db8:0:8::1').login(email, PASSWORD)).status).toBe(429);
    expect((await new Neighbour(app, '2001:db8:0:7:a:b:c:d').login(email, PASSWORD)).status).toBe(200);
  });

  it('is one for ninety days', async () => {
    const { email, home } = await anOwner();
    app.clock.advance(90 * DAY - FORGOTTEN);
    await besiege(email);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    app.clock.advance(90 * DAY + 1);
    await besiege(email);
    expect((await home.login(email, PASSWORD)).status).toBe(429);
  });

  it('is made by a login that was completed, not by a try', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    await guesser.guesses(5, () => email);
    app.clock.advance(61);
    await besiege(email);
    expect((await guesser.login(email, PASSWORD)).status).toBe(429);
  });
});

describe('a pair that was a stranger a moment ago', () => {
  it('is familiar from the login on, though its owner was locked out just before', async () => {
    const { email } = await aUser(app);
    await besiege(email);
    const owner = aNeighbour(app);
    app.clock.advance(3590);
    expect((await owner.login(email, PASSWORD)).status).toBe(429);
    app.clock.advance(15);
    expect((await owner.login(email, PASSWORD)).status).toBe(200);
    await besiege(email);
    expect((await owner.login(email, PASSWORD)).status).toBe(200);
  });
});

describe('the question whether a pair is familiar', () => {
  const questions = () => jest.spyOn(pg.Pool.prototype, 'query');
  beforeEach(() => void jest.restoreAllMocks());

  it('is asked once a minute, and only where a limit is reached', async () => {
    const { email } = await aUser(app);
    const stranger = await besiege(email);
    app.clock.advance(60);
    const asked = questions();
    for (let n = 0; n < 20; n += 1) expect((await stranger.login(email, PASSWORD)).status).toBe(429);
    expect(asked).toHaveBeenCalledTimes(1);
    app.clock.advance(60);
    await stranger.login(email, PASSWORD);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('is not asked within a day of a login, which has answered it', async () => {
    const { email, home } = await anOwner();
    await home.login(email, PASSWORD);
    app.clock.advance(DAY - 60);
    await besiege(email);
    const asked = questions();
    expect(await home.guesses(5, () => email)).toEqual(times(5, 'invalid_credentials'));
    // Each looks its account up, and that is all.
    expect(asked).toHaveBeenCalledTimes(5);
  });

  it('is not asked again within a day where the answer was yes', async () => {
    const { email, home } = await anOwner();
    await besiege(email);
    const asked = questions();
    expect(await home.guesses(3, () => email)).toEqual(times(3, 'invalid_credentials'));
    app.clock.advance(120);
    expect(await home.guesses(2, () => email)).toEqual(times(2, 'invalid_credentials'));
    expect(asked).toHaveBeenCalledTimes(5 + 1);
  });

  it('flood: naming another account with each try asks it twenty times a minute', async () => {
    const flooder = aNeighbour(app);
    await flooder.guesses(100, anAddress);
    const asked = questions();
    expect(await flooder.guesses(50, anAddress)).toEqual(times(50, 'rate_limited'));
    expect(asked).toHaveBeenCalledTimes(20);
    app.clock.advance(60);
    expect(await flooder.guesses(50, anAddress)).toEqual(times(50, 'rate_limited'));
    expect(asked).toHaveBeenCalledTimes(40);
  });

  it('flood: many at the same moment ask it no oftener', async () => {
    const flooder = aNeighbour(app);
    await flooder.guesses(100, anAddress);
    const asked = questions();
    await Promise.all(times(50, 0).map(() => flooder.login(anAddress(), PASSWORD)));
    expect(asked).toHaveBeenCalledTimes(20);
  });

  it('flood: keeps nobody out at another address, nor who signed in at the same one within a day', async () => {
    const { email, home } = await anOwner();
    const flooder = aNeighbour(app);
    const { email: beside } = await aUser(app);
    await new Neighbour(app, flooder.address).login(beside, PASSWORD);
    app.clock.advance(DAY - 60);
    await besiege(email);
    await flooder.guesses(150, anAddress);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    expect((await flooder.login(beside, PASSWORD)).status).toBe(200);
  });

  it('is not asked where the pair’s own limit is reached, whatever the answer would be', async () => {
    const { email, home } = await anOwner();
    await home.guesses(10, () => email);
    await besiege(email);
    const asked = questions();
    expect(await home.guesses(3, () => email)).toEqual(times(3, 'rate_limited'));
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('LOGIN_FAMILIAR_TTL=0', () => {
  it('makes no pair familiar, not even for the minute after a login', async () => {
    const strict = await startApp({ env: { ...LIMITS, LOGIN_FAMILIAR_TTL: '0' } });
    const { email } = await aUser(strict);
    const home = aNeighbour(strict);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    await besiege(email, strict);
    expect((await home.login(email, PASSWORD)).status).toBe(429);
    await strict.stop();
  });
});
