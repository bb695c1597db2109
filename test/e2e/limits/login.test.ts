import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { DatabaseUnavailable } from '../../../src/platform/database/index.js';
import { anAddress, aUser, disable, PASSWORD } from '../../builders/users.js';
import type { Answer } from '../../support/answer.js';
import { startApp } from '../../support/app.js';
import { aNeighbour, Neighbour, times } from '../../support/neighbour.js';

const app = await startApp({ env: { RATE_LIMITS: 'on', RATE_LIMIT_REGISTER: '1000/1h' } });
const verify = jest.spyOn(app.nest.get(PasswordHasher), 'verify');
const asked = jest.spyOn(pg.Pool.prototype, 'query');
afterAll(() => app.stop());
beforeEach(() => {
  verify.mockClear();
  asked.mockClear();
});

/** All that an answer tells of an account. */
function toldBy({ status, headers, body }: Answer): unknown[] {
  return [status, body.code, headers['retry-after'], headers['www-authenticate'], headers['content-length']];
}

describe('failed logins to one account from one address', () => {
  it('are ten in five minutes; then even the right password is not looked at', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    expect(await guesser.guesses(10, () => email)).toEqual(times(10, 'invalid_credentials'));
    app.clock.advance(100.25);
    const refused = await guesser.login(email, PASSWORD);
    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
      429,
      'rate_limited',
      '200',
    ]);
    app.clock.advance(199.749);
    expect((await guesser.login(email, PASSWORD)).headers['retry-after']).toBe('1');
    app.clock.advance(0.001);
    expect((await guesser.login(email, PASSWORD)).status).toBe(200);
  });

  it('are refused without a hash and without a question to the database', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    await guesser.guesses(10, () => email);
    expect(verify).toHaveBeenCalledTimes(10);
    verify.mockClear();
    asked.mockClear();
    expect(await guesser.guesses(20, () => email)).toEqual(times(20, 'rate_limited'));
    expect(verify).not.toHaveBeenCalled();
    expect(asked).not.toHaveBeenCalled();
  });

  it('do not count logins that succeed, nor are they forgiven by them', async () => {
    const { email } = await aUser(app);
    const owner = aNeighbour(app);
    await owner.guesses(9, () => email);
    for (let n = 0; n < 12; n += 1) expect((await owner.login(email, PASSWORD)).status).toBe(200);
    expect(await owner.guesses(2, () => email)).toEqual(['invalid_credentials', 'rate_limited']);
  });

  it('are counted however the account is spelt', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    const spellings = [email, email.toUpperCase(), ` ${email}`, `${email}  `, email.replace('u', 'U')];
    const codes = await guesser.guesses(11, (n) => spellings[n % spellings.length]!);
    expect(codes.at(-1)).toBe('rate_limited');
  });

  it('of many at the same moment have no more than ten hashed', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    const answers = await Promise.all(times(50, 0).map((_, n) => guesser.login(email, `wrong number ${n}`)));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(401), count(429)]).toEqual([10, 40]);
    expect(verify).toHaveBeenCalledTimes(10);
  });

  it('are counted by the /64 of an IPv6 address', async () => {
    const { email } = await aUser(app);
    for (let n = 0; n < 10; n += 1)
      await new Neighbour(app, `2001:db8:0:1:${n}::${n}`).guesses(1, () => email);
    const same = new Neighbour(app, '2001:db8:0:1:ffff:ffff:ffff:ffff');
    const other = new Neighbour(app, '2001:db8:0:2::1');
    expect(await same.guesses(1, () => email)).toEqual(['rate_limited']);
    expect(await other.guesses(1, () => email)).toEqual(['invalid_credentials']);
  });

  it('are counted alike for an IPv4 address in IPv6 form', async () => {
    const { email } = await aUser(app);
    await new Neighbour(app, '192.0.2.77').guesses(10, () => email);
    expect(await new Neighbour(app, '::ffff:192.0.2.77').guesses(1, () => email)).toEqual(['rate_limited']);
  });

  it('do not count what the form of a request is refused for', async () => {
    const { email } = await aUser(app);
    const clumsy = aNeighbour(app);
    for (let n = 0; n < 12; n += 1) expect((await clumsy.login(email, '')).status).toBe(400);
    expect((await clumsy.login(email, PASSWORD)).status).toBe(200);
  });
});

describe('a fault that is nobody’s guess', () => {
  it('does not count as a failed login: a database that was away locks nobody out', async () => {
    const { email } = await aUser(app);
    const owner = aNeighbour(app);
    for (let n = 0; n < 15; n += 1) {
      asked.mockImplementationOnce(() => {
        throw new DatabaseUnavailable('nobody listens');
      });
      expect((await owner.login(email, PASSWORD)).body.code).toBe('service_unavailable');
    }
    expect((await owner.login(email, PASSWORD)).status).toBe(200);
    expect(await owner.guesses(11, () => email)).toEqual([
      ...times(10, 'invalid_credentials'),
      'rate_limited',
    ]);
  });
});

describe('failed logins from one address', () => {
  it('are a hundred in fifteen minutes over all accounts', async () => {
    const { email } = await aUser(app);
    const sprayer = aNeighbour(app);
    expect(await sprayer.guesses(100, anAddress)).toEqual(times(100, 'invalid_credentials'));
    verify.mockClear();
    const refused = await sprayer.login(email, PASSWORD);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '900']);
    expect(verify).not.toHaveBeenCalled();
    expect((await aNeighbour(app).login(email, PASSWORD)).status).toBe(200);
    app.clock.advance(900);
    expect((await sprayer.login(email, PASSWORD)).status).toBe(200);
  });
});

describe('failed logins to one account', () => {
  it('are a hundred in an hour over all addresses', async () => {
    const { email } = await aUser(app);
    for (let n = 0; n < 10; n += 1)
      expect(await aNeighbour(app).guesses(10, () => email)).toEqual(times(10, 'invalid_credentials'));
    const stranger = aNeighbour(app);
    verify.mockClear();
    const refused = await stranger.login(email, PASSWORD);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '3600']);
    expect(verify).not.toHaveBeenCalled();
    app.clock.advance(3600);
    expect((await stranger.login(email, PASSWORD)).status).toBe(200);
  });
});

describe('no enumeration through limits', () => {
  it('a known, an unknown and a disabled account are limited alike by the pair', async () => {
    const known = await aUser(app, { email: 'limits-a@example.com' });
    const disabled = await aUser(app, { email: 'limits-b@example.com' });
    await disable(app, disabled);
    const seen: unknown[][][] = [];
    for (const email of [known.email, disabled.email, 'limits-c@example.com']) {
      const guesser = aNeighbour(app);
      const told: unknown[][] = [];
      for (let n = 0; n < 14; n += 1) {
        told.push(toldBy(await guesser.login(email, 'a wrong password')));
        app.clock.advance(7);
      }
      seen.push(told);
    }
    expect(seen[0]!.map(([status]) => status)).toEqual([...times(10, 401), ...times(4, 429)]);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it('a known and an unknown account are limited alike over all addresses, at the same cost', async () => {
    const { email } = await aUser(app);
    const seen: unknown[] = [];
    for (const account of [email, 'limits-d@example.com']) {
      for (let n = 0; n < 10; n += 1) await aNeighbour(app).guesses(10, () => account);
      asked.mockClear();
      const stranger = aNeighbour(app);
      const told = [await stranger.login(account, 'wrong'), await stranger.login(account, 'wrong')].map(
        toldBy,
      );
      seen.push([told.map(([status, code, wait]) => [status, code, wait]), asked.mock.calls.length]);
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});
