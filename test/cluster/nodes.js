import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY = /Sumun is ready at (http:\/\/\S+)\n/;
const READY_LIMIT_MS = 60_000;

/** `node dist/main.js`, which comes back on its port after each kill. */
export class Node {
  origin;
  #env;
  #child;
  #said = '';
  #closed = false;

  constructor(env) {
    const { PATH, HOME, TMPDIR } = process.env;
    this.#env = { PATH, HOME, TMPDIR, PORT: '0', ...env };
  }

  /** @throws where it does not get ready, or was closed */
  async start() {
    if (this.#closed) throw new Error('The node was closed.');
    const child = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env: this.#env, stdio: 'pipe' });
    this.#child = child;
    this.#said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.#said = (this.#said + text).slice(-8_000)));
    }
    child.stdin.end();
    const ready = new Promise((resolve) => {
      child.stdout.on('data', () => READY.test(this.#said) && resolve());
    });
    const late = AbortSignal.timeout(READY_LIMIT_MS);
    await Promise.race([ready, once(child, 'exit'), once(late, 'abort')]);
    this.origin = READY.exec(this.#said)?.[1];
    if (child.exitCode !== null || !this.origin) throw new Error(`A node did not get ready.\n${this.#said}`);
    this.#env.PORT = new URL(this.origin).port;
  }

  /** As a crash would: nothing is finished, nobody is told. */
  async kill() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** For good: whoever is about to start it again is refused. */
  async close() {
    this.#closed = true;
    await this.kill();
  }
}

/** Kills a node when the storm has come so far, each in turn, and starts it again; never both at once. */
export class Killer {
  kills = 0;
  #nodes;
  #marks;
  #returning = Promise.resolve();

  /** @param kills spread evenly over so many sessions, none at either end */
  constructor(nodes, kills, sessions) {
    this.#nodes = nodes;
    this.#marks = Array.from({ length: kills }, (_, i) => Math.floor(((i + 1) * sessions) / (kills + 1)));
  }

  /** Told before each session; the others are in the middle of theirs. */
  async before(session) {
    if (session !== this.#marks[0]) return;
    this.#marks.shift();
    await this.#returning;
    const node = this.#nodes[this.kills++ % this.#nodes.length];
    await node.kill();
    this.#returning = node.start();
    // Told where it is waited for.
    this.#returning.catch(() => undefined);
  }

  /** Until the last one killed is back. */
  async done() {
    await this.#returning;
  }
}
