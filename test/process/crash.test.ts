import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Api } from './support/api.js';
import { pause, until } from '../support/until.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const stage = new Stage();
const ROUNDS = 3;
const WRITERS = 6;
/** What is tested is the storage: cheap hashes make more registrations fall into the moment of the kill. */
const CHEAP = { PASSWORD_HASH_MEMORY: '64', PASSWORD_HASH_TIME: '1' };

afterEach(() => stage.end());
afterAll(() => stage.remove());

/** What was asked for, and what was answered, up to the moment the service was killed. */
class Stream {
  readonly acknowledged: string[] = [];
  readonly unanswered: string[] = [];

  constructor(
    private readonly api: Api,
    private readonly round: number,
  ) {}

  /** Registers one address after the other until the service is gone. */
  async write(writer: number): Promise<void> {
    for (let n = 0; ; n += 1) {
      const email = `user-${this.round}-${writer}-${n}@example.com`;
      try {
        const { status } = await this.api.register(email);
        if (status !== 201) throw new Error(`${email}: ${status}`);
        this.acknowledged.push(email);
      } catch {
        this.unanswered.push(email);
        return;
      }
    }
  }
}

/** Whole or not there at all: an address that can neither log in nor register is half made. */
async function expectWholeOrAbsent(api: Api, email: string): Promise<void> {
  if ((await api.login(email)).status === 200) return;
  expect((await api.register(email)).status).toBe(201);
  expect((await api.login(email)).status).toBe(200);
}

it('kill -9 among registrations loses no user whose 201 was received, and leaves none half made', async () => {
  const env = { DATA_DIR: stage.preparedDataDir(), ...CHEAP };
  const acknowledged: string[] = [];
  let service = stage.service(env);
  for (let round = 0; round < ROUNDS; round += 1) {
    const stream = new Stream(new Api(await service.ready()), round);
    const writers = Array.from({ length: WRITERS }, (_, n) => stream.write(n));
    expect(await until(() => stream.acknowledged.length > 0)).toBe(true);
    await pause(150 + Math.random() * 200);
    service.signal('SIGKILL');
    service = stage.service(env);
    await Promise.all(writers);
    acknowledged.push(...stream.acknowledged);
    const api = new Api(await service.ready());
    for (const email of stream.acknowledged) {
      expect([email, (await api.login(email)).status]).toEqual([email, 200]);
    }
    for (const email of stream.unanswered) await expectWholeOrAbsent(api, email);
  }
  const api = new Api(await service.ready());
  for (const email of acknowledged) {
    expect([email, (await api.register(email)).status]).toEqual([email, 409]);
  }
  expect((await api.get('/health/ready')).status).toBe(200);
});
