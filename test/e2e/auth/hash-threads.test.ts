import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { aUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const NICER_BY = 10;
/** Of many passes: under way for as long as a test needs. */
const DEAR = '$argon2id$v=19$m=65536,t=100,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

const app = await startApp({ env: { PASSWORD_THREADS: '2' } });
const { email } = await aUser(app);
afterAll(() => app.stop());
const onLinux = process.platform === 'linux' ? it : it.skip;

/** The priorities of this process's threads: field 19 of /proc/[pid]/task/[tid]/stat, proc(5). */
function niceness(): number[] {
  return readdirSync('/proc/self/task').map((id) => {
    const [, fields] = readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(/\) (?=\S )/);
    return Number(fields!.split(' ')[16]);
  });
}

const nicer = () => niceness().filter((nice) => nice === Math.min(19, getPriority() + NICER_BY));

onLinux(
  'passwords are hashed in threads that give way to the event loop, as many as are allowed',
  async () => {
    const login = () => app.http.post('/auth/login', { email, password: PASSWORD });
    const answers = await Promise.all(Array.from({ length: 6 }, login));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(nicer()).toHaveLength(2);
    expect(getPriority()).toBe(niceness()[0]);
  },
);

it('a thread that ends fails what it was asked for, and the next hash has another', async () => {
  const post = jest.spyOn(Worker.prototype, 'postMessage');
  const hasher = app.nest.get(PasswordHasher);
  const asked = hasher.verify(DEAR, PASSWORD);
  const thread = post.mock.contexts.at(-1) as Worker;
  post.mockRestore();
  const failed = expect(asked).rejects.toThrow('A thread that hashes passwords ended');
  await thread.terminate();
  await failed;
  expect((await app.http.post('/auth/login', { email, password: PASSWORD })).status).toBe(200);
});

it('a hash that cannot be read fails alone', async () => {
  const hasher = app.nest.get(PasswordHasher);
  await expect(hasher.verify('no hash', PASSWORD)).rejects.toThrow();
  expect(await hasher.verify(await hasher.hash(PASSWORD), PASSWORD)).toBe(true);
});

onLinux('an app that is closed leaves no thread behind', async () => {
  await app.stop();
  expect(nicer()).toEqual([]);
});
