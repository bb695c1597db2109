import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../../support/until.js';

/** The repository: tests are started from its root. */
export const ROOT = process.cwd();

/** The built service and its command line. */
export const MAIN = join(ROOT, 'dist', 'main.js');
export const CLI = join(ROOT, 'dist', 'cli.js');

export type Environment = Record<string, string | undefined>;

export interface Running {
  readonly env?: Environment;
  readonly cwd?: string;
  /** All of standard input; none leaves it empty. */
  readonly input?: string;
}

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const READY = /Sumun is ready at (http:\/\/\S+)\n/;
const READY_LIMIT_MS = 45_000;
const EXIT_LIMIT_MS = 30_000;

/** A child process of the test, what it has said so far, and bounded waits for it. */
export class Program {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;

  constructor(command: string, args: readonly string[], { env, cwd = ROOT, input = '' }: Running) {
    this.child = spawn(command, args, { cwd, env: environment(env), stdio: 'pipe' });
    this.closed = once(this.child, 'close');
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.stdin!.on('error', () => undefined); // it may end before it has read everything
    this.child.stdin!.end(input);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits for the ready line of a service, and answers the address in it. */
  async ready(limitMs = READY_LIMIT_MS): Promise<string> {
    const gone = this.closed.then(() => false);
    const said = until(() => READY.test(this.stdout) || !this.running, limitMs);
    const came = (await Promise.race([said, gone.then(() => said)])) && READY.exec(this.stdout)?.[1];
    if (!came) throw new Error(`It did not get ready.\n${this.stdout}${this.stderr}`);
    return came;
  }

  /** Waits until it takes connections at a port of the loopback address. @throws where it ends first */
  async listening(port: number): Promise<void> {
    if ((await until(() => !this.running || takes(port))) && this.running) return;
    throw new Error(`${this.child.spawnfile} did not start.\n${this.stdout}${this.stderr}`);
  }

  /** Waits until it has ended by itself. */
  async ended(limitMs = EXIT_LIMIT_MS): Promise<Ended> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const complain = () => reject(new Error(`It did not end.\n${this.stdout}${this.stderr}`));
      timer = setTimeout(complain, limitMs);
    });
    try {
      await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
    const { exitCode, signalCode } = this.child;
    return { code: exitCode, signal: signalCode, stdout: this.stdout, stderr: this.stderr };
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it and whatever it has started, at once. */
  async end(): Promise<void> {
    if (this.child.pid === undefined) return;
    const family = descendants(this.child.pid);
    if (this.running) this.child.kill('SIGKILL');
    for (const pid of family) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        continue; // it has ended meanwhile
      }
    }
    await this.ended();
  }
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Only what a program needs of this process's environment: no setting of the developer's own leaks in. */
function environment(env: Environment = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...env };
}

/** The process numbers of a process's children, their children, and so on; none where there is no /proc. */
export function descendants(pid: number): number[] {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = tasks.flatMap((task) => words(`/proc/${pid}/task/${task}/children`).map(Number));
  return [...children, ...children.flatMap(descendants)];
}

/** What Node 24 is allowed more than the others: measured 100 to 150 MB, of a young generation that is larger. */
export const NODE_24_ALLOWANCE_BYTES = process.versions.node.startsWith('24.') ? 150 * 1024 * 1024 : 0;

/** The resident memory of a process and of all that it has started, in bytes. */
export function residentBytes(pid: number): number {
  const pids = [pid, ...descendants(pid)];
  const pages = pids.map((each) => /VmRSS:\s+(\d+) kB/.exec(words(`/proc/${each}/status`).join(' '))?.[1]);
  return pages.reduce((sum, kib) => sum + Number(kib ?? 0) * 1024, 0);
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return []; // it has ended meanwhile
  }
}
