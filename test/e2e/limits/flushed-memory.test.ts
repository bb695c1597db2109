import { afterAll, describe, expect, it } from '@jest/globals';
import { RateLimits, type Limit } from '../../../src/platform/limits/index.js';
import { aUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { aNeighbour, times } from '../../support/neighbour.js';

const app = await startApp({ env: { RATE_LIMITS: 'on' } });
afterAll(() => app.stop());

/** As `AuthLimits` has it: what a refused refresh token is counted against. It costs its sender no hash. */
const REFUSED: Limit = { name: 'refresh-refused', max: 300, windowSeconds: 300 };

/** What somebody who has some hundred networks (a /48 holds 65,536 of them) can send in a minute. */
async function flood(tries: number): Promise<void> {
  const limits = app.nest.get(RateLimits);
  for (let n = 0; n < tries; n += 1) {
    const key = `2001:db8:0:${(n % 400).toString(16)}::/64`;
    await limits.reserve([{ limit: REFUSED, key }]);
  }
}

describe('a guesser who floods the memory of the limits with tries that cost nothing', () => {
  it('does not make it forget the guesses', async () => {
    const { email } = await aUser(app);
    const guesser = aNeighbour(app);
    expect(await guesser.guesses(9, () => email)).toEqual(times(9, 'invalid_credentials'));
    await flood(130_000);
    expect(await guesser.guesses(2, () => email)).toEqual(['invalid_credentials', 'rate_limited']);
    expect((await guesser.login(email, PASSWORD)).status).toBe(429);
  });
});
