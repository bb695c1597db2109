import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { EventLoop } from '../../../src/platform/event-loop/index.js';
import { anAddress, aUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { aNeighbour, type Neighbour } from '../../support/neighbour.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp({ env: { RATE_LIMITS: 'on', RATE_LIMIT_REGISTER: '3/1h' } });
const verify = jest.spyOn(app.nest.get(PasswordHasher), 'verify');
const { email } = await aUser(app);
afterAll(() => app.stop());
let late: ReturnType<typeof makeLate> | undefined;
afterEach(() => {
  late?.mockRestore();
  verify.mockClear();
});

/** From now on only who signed in lately has a place. */
function makeLate() {
  return jest.spyOn(app.nest.get(EventLoop), 'isLate', 'get').mockReturnValue(true);
}

/** What is said to a body that nobody can read: 400 where it was read, another refusal where it did not come to that. */
async function sendGarbage(from: Neighbour, path: string): Promise<[number, string]> {
  const { statusCode, payload } = await app.nest.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/json' },
    payload: '{"email": ',
    remoteAddress: from.address,
  });
  return [statusCode, (JSON.parse(payload) as { code: string }).code];
}

describe('while there is no place for strangers', () => {
  const credentials = JSON.stringify({ email, password: PASSWORD });
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${credentials.length}\r\n\r\n`;

  it.each(['/auth/login', '/auth/register'])(
    '%s refuses them before a byte of the body has come',
    async (path) => {
      late = makeLate();
      const connection = new RawConnection(app.http.origin).send(head(path));
      const { received: answer } = await connection.answers(1);
      connection.close();
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toMatch(/retry-after: [1-9]/i);
      expect(answer).toMatch(/x-content-type-options: nosniff/i);
      expect(answer).toContain('"code":"service_overloaded"');
      expect(verify).not.toHaveBeenCalled();
    },
  );

  it('reads the body of whoever signed in lately, and lets it in', async () => {
    const known = aNeighbour(app);
    expect((await known.login(email, PASSWORD)).status).toBe(200);
    late = makeLate();
    expect(await sendGarbage(known, '/auth/login')).toEqual([400, 'malformed_request']);
    expect((await known.login(email, PASSWORD)).status).toBe(200);
    expect(await sendGarbage(aNeighbour(app), '/auth/login')).toEqual([503, 'service_overloaded']);
  });
});

describe('an address that has reached its limit', () => {
  it('of logins is refused before its body is read, once no account can be familiar there', async () => {
    const guesser = aNeighbour(app);
    await guesser.guesses(100, anAddress);
    // So many more accounts are looked up within a minute.
    expect(await sendGarbage(guesser, '/auth/login')).toEqual([400, 'malformed_request']);
    await guesser.guesses(20, anAddress);
    expect(await sendGarbage(guesser, '/auth/login')).toEqual([429, 'rate_limited']);
    app.clock.advance(61);
    expect(await sendGarbage(guesser, '/auth/login')).toEqual([400, 'malformed_request']);
    app.clock.advance(900);
    expect((await guesser.login(email, PASSWORD)).status).toBe(200);
  });

  it('of one pair alone is heard: another account behind it is bound by limits of its own', async () => {
    const [guesser, one] = [aNeighbour(app), anAddress()];
    await guesser.guesses(330, () => one);
    expect(await sendGarbage(guesser, '/auth/login')).toEqual([400, 'malformed_request']);
    expect((await guesser.login(email, PASSWORD)).status).toBe(200);
  });

  it('of logins is heard where an account has signed in, which its neighbour cannot use up', async () => {
    const home = aNeighbour(app);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    await home.guesses(130, anAddress);
    expect(await sendGarbage(home, '/auth/login')).toEqual([400, 'malformed_request']);
    expect((await home.login(email, PASSWORD)).status).toBe(200);
    expect((await home.login(anAddress(), PASSWORD)).status).toBe(429);
  });

  it('of registrations is refused before its body is read', async () => {
    const greedy = aNeighbour(app);
    for (let n = 0; n < 3; n += 1) {
      const made = await greedy.post('/auth/register', { email: anAddress(), password: PASSWORD });
      expect(made.status).toBe(201);
    }
    expect(await sendGarbage(greedy, '/auth/register')).toEqual([429, 'rate_limited']);
    app.clock.advance(3601);
    expect(await sendGarbage(greedy, '/auth/register')).toEqual([400, 'malformed_request']);
  });
});
