// Peers in Python, as Debian has them: gunicorn with one worker. What is counted is the worker's CPU time.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/cluster/ports.js';
import { FIRST_CORE, run, stop } from '../processes.js';

const PYTHON = '/usr/bin/python3';
const TRIES = 200;
/** Linux tells CPU time in hundredths of a second, whatever its clock does. */
const MICROS_A_TICK = 10_000;
const here = (folder) => fileURLToPath(new URL(folder, import.meta.url));

/** The sync worker closes each connection after one answer: the threaded one keeps it, as the other servers do. */
const FLASK = ['--chdir', here('../../examples/flask'), '-k', 'gthread', '--threads', '1', 'app:app'];
const FASTAPI = ['--chdir', here('.'), '-k', 'uvicorn.workers.UvicornWorker', 'fastapi_app:app'];

export const PYTHON_PEERS = [
  {
    name: 'Flask + PyJWT (examples/flask) under gunicorn',
    packages: ['Flask', 'PyJWT', 'cryptography', 'gunicorn'],
    args: FLASK,
  },
  {
    name: 'FastAPI + PyJWT under gunicorn and uvicorn',
    packages: ['fastapi', 'PyJWT', 'cryptography', 'gunicorn', 'uvicorn', 'uvloop', 'httptools'],
    args: FASTAPI,
  },
];

/** The versions of what it is made of; undefined where something is missing. */
export function versionsOf({ packages }) {
  const program =
    "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))";
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(PYTHON, ['-c', program, ...packages], options).trim();
  } catch {
    return undefined;
  }
}

function cpuOf(pid) {
  // The name, in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { user: Number(fields[11]) * MICROS_A_TICK, system: Number(fields[12]) * MICROS_A_TICK };
}

/** Its one child, once it answers. */
async function workerOf(master, port, name) {
  for (let tries = 0; tries < TRIES && master.exitCode === null; tries++) {
    await pause(50);
    const up = await fetch(`http://127.0.0.1:${port}/protected`).then(
      ({ status }) => status === 401,
      () => false,
    );
    const [worker] =
      readFileSync(`/proc/${master.pid}/task/${master.pid}/children`, 'utf8').match(/\d+/g) ?? [];
    if (up && worker !== undefined) return worker;
  }
  throw new Error(`${name} did not start.`);
}

export async function startPython({ name, args }, env) {
  const port = await freePort();
  const command = [
    PYTHON,
    '-m',
    'gunicorn',
    '--workers',
    '1',
    '--keep-alive',
    '75',
    '--bind',
    `127.0.0.1:${port}`,
  ];
  const master = run(FIRST_CORE, [...command, '--log-level', 'error', ...args], {
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const server = { name, port, stop: () => stop(master, 'SIGTERM') };
  try {
    const worker = await workerOf(master, port, name);
    return { ...server, ask: async () => cpuOf(worker) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
