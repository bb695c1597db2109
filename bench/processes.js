// Starts servers and the load generator as processes of their own, each on its own core where there are two.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export const PINNED = process.platform === 'linux' && cpus().length > 1 && hasTaskset();

export const PINNING = PINNED ? 'server and load pinned to a core each' : 'not pinned';

function hasTaskset() {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Any program, on one core or on every one. */
export function run(core, [program, ...args], { env = {}, ...options } = {}) {
  const [command, ...before] =
    PINNED && core !== EVERY_CORE ? ['taskset', '-c', String(core), program] : [program];
  return spawn(command, [...before, ...args], { env: { ...process.env, ...env }, ...options });
}

function runNode(core, file, args, env) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return run(core, [process.execPath, path, ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

export const FIRST_CORE = 0;
/** Not undefined, which a default would take the place of. */
export const EVERY_CORE = null;

/** A server, and a way to ask its process. */
export async function startServer(name, env, core = FIRST_CORE, file = './servers.js') {
  const child = runNode(core, file, [name], env);
  const [{ port, token }] = await heard(child, name);
  const waiting = new Map();
  let last = 0;
  child.on('message', ({ id, answer }) => {
    waiting.get(id)(answer);
    waiting.delete(id);
  });
  const ask = (what, input) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      child.send({ id: last, what, input });
    });
  return { name, port, token, ask, stop: () => stop(child) };
}

/** Its first message; it may as well end before. */
function heard(child, name) {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve([message]));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}.`)));
    child.once('error', reject);
  });
}

/** The load generator. */
export function startLoad() {
  const child = runNode(1, './load.js', []);
  const send = async (job) => {
    child.send(job);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { send, stop: () => stop(child) };
}

export async function stop(child, signal = 'SIGKILL') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** What it answers, unless somebody ends the command: then it throws, so that what was begun can be tidied up. */
export function unlessStopped(work) {
  const stopped = new Promise((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'])
      process.once(name, () => reject(new Error(`Stopped by ${name}.`)));
  });
  return Promise.race([work, stopped]);
}
