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

function run(core, file, args, env = {}) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [command, ...before] =
    PINNED && core !== undefined ? ['taskset', '-c', String(core), process.execPath] : [process.execPath];
  return spawn(command, [...before, path, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

export const FIRST_CORE = 0;
export const EVERY_CORE = undefined;

/** A server, and a way to ask its process. */
export async function startServer(name, env, core = FIRST_CORE) {
  const child = run(core, './servers.js', [name], env);
  const [{ port }] = await once(child, 'message');
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
  return { name, port, ask, stop: () => stop(child) };
}

/** The load generator. */
export function startLoad() {
  const child = run(1, './load.js', []);
  const send = async (job) => {
    child.send(job);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { send, stop: () => stop(child) };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
