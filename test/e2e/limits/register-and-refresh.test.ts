import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { anAddress, aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { aNeighbour, times, type Neighbour } from '../../support/neighbour.js';

const app = await startApp({ env: { RATE_LIMITS: 'on' } });
const hash = jest.spyOn(app.nest.get(PasswordHasher), 'hash');
const transaction = jest.spyOn(app.nest.get(Database), 'transaction');
afterAll(() => app.stop());
beforeEach(() => {
  hash.mockClear();
  transaction.mockClear();
});

async function register(from: Neighbour, email = anAddress()): Promise<number> {
  return (await from.post('/auth/register', { email, password: PASSWORD })).status;
}

describe('registrations', () => {
  it('are twenty an hour from one address, refused before the hash', async () => {
    const eager = aNeighbour(app);
    for (let n = 0; n < 20; n += 1) expect(await register(eager)).toBe(201);
    expect(hash).toHaveBeenCalledTimes(20);
    app.clock.advance(600.5);
    const { status, headers, body } = await eager.post('/auth/register', {
      email: anAddress(),
      password: PASSWORD,
    });
    expect([status, body.code, headers['retry-after']]).toEqual([429, 'rate_limited', '3000']);
    expect(hash).toHaveBeenCalledTimes(20);
    expect(await register(aNeighbour(app))).toBe(201);
    app.clock.advance(2999.5);
    expect(await register(eager)).toBe(201);
  });

  it('count the addresses that were taken: those answers tell who exists', async () => {
    const prober = aNeighbour(app);
    const taken = anAddress();
    expect(await register(prober, taken)).toBe(201);
    for (let n = 0; n < 19; n += 1) expect(await register(prober, taken)).toBe(409);
    expect(await register(prober, taken)).toBe(429);
  });

  it('do not count what the form of a request is refused for', async () => {
    const clumsy = aNeighbour(app);
    for (let n = 0; n < 25; n += 1) expect(await register(clumsy, 'no address')).toBe(400);
    expect(await register(clumsy)).toBe(201);
  });
});

describe('refreshes', () => {
  const refresh = (from: Neighbour, token: string) => from.post('/auth/refresh', { refresh_token: token });

  it('are sixty a minute of one session, wherever they come from; its token lives on', async () => {
    const { tokens } = await aSignedInUser(app);
    let token = tokens.refresh_token;
    for (let n = 0; n < 60; n += 1) {
      const { status, body } = await refresh(aNeighbour(app), token);
      expect(status).toBe(200);
      token = body.refresh_token as string;
    }
    transaction.mockClear();
    const refused = await refresh(aNeighbour(app), token);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
    expect(transaction).not.toHaveBeenCalled();
    app.clock.advance(60);
    expect((await refresh(aNeighbour(app), token)).status).toBe(200);
  });

  it('that are forged use up nobody else’s sixty', async () => {
    const { tokens } = await aSignedInUser(app);
    const forged = `${tokens.refresh_token.slice(0, -4)}AAAA`;
    const forger = aNeighbour(app);
    for (let n = 0; n < 70; n += 1) expect((await refresh(forger, forged)).status).toBe(401);
    expect((await refresh(aNeighbour(app), tokens.refresh_token)).status).toBe(200);
  });

  it('that are refused are three hundred in five minutes from one address', async () => {
    const forger = aNeighbour(app);
    for (let n = 0; n < 300; n += 1) expect((await refresh(forger, `sumun_rt_${n}`)).status).toBe(401);
    transaction.mockClear();
    const refused = await refresh(forger, 'sumun_rt_');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '300']);
    expect(transaction).not.toHaveBeenCalled();
    app.clock.advance(300);
    expect((await refresh(forger, 'sumun_rt_')).status).toBe(401);
  });

  it('that a forger sends by the hundred sign nobody out who shares the address', async () => {
    const { tokens } = await aSignedInUser(app);
    const shared = aNeighbour(app);
    for (let n = 0; n < 301; n += 1) await refresh(shared, `sumun_rt_${n}`);
    expect((await refresh(shared, 'sumun_rt_')).status).toBe(429);
    expect((await refresh(shared, tokens.refresh_token)).status).toBe(200);
  });

  it('with a genuine token of a session that has ended are refused ones, too', async () => {
    const { tokens } = await aSignedInUser(app);
    const client = aNeighbour(app);
    await client.post('/auth/logout', { refresh_token: tokens.refresh_token });
    for (let n = 0; n < 299; n += 1) await refresh(client, 'sumun_rt_');
    expect((await refresh(client, tokens.refresh_token)).status).toBe(401);
    for (const token of [tokens.refresh_token, 'sumun_rt_'])
      expect((await refresh(client, token)).status).toBe(429);
  });

  it('that succeed, or meet the limit of their session, do not count as refused', async () => {
    const { tokens } = await aSignedInUser(app);
    const client = aNeighbour(app);
    for (let n = 0; n < 299; n += 1) await refresh(client, 'sumun_rt_');
    let token = tokens.refresh_token;
    const statuses: number[] = [];
    for (let n = 0; n < 65; n += 1) {
      const { status, body } = await refresh(client, token);
      statuses.push(status);
      if (status === 200) token = body.refresh_token as string;
    }
    expect(statuses).toEqual([...times(60, 200), ...times(5, 429)]);
    expect((await refresh(client, 'sumun_rt_')).status).toBe(401);
    expect((await refresh(client, 'sumun_rt_')).status).toBe(429);
  });
});
