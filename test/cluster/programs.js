import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { takes } from './ports.js';

const START_LIMIT_MS = 20_000;
const LOOK_MS = 20;
const KEPT_WORDS = 8_000;

/** A program that was started here, and what it said last. It is ended by its process id, never by its name. */
export class Program {
  said = '';
  #child;
  #failure;
  #exit;

  constructor(command, args, options = {}) {
    this.#child = spawn(command, args, { ...options, stdio: 'pipe' });
    this.#exit = once(this.#child, 'close').catch((error) => (this.#failure = error));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.said = (this.said + text).slice(-KEPT_WORDS)));
    this.#child.stdin.on('error', () => undefined).end();
  }

  get running() {
    return !this.#failure && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Calls back with each piece that it says. */
  hear(listen) {
    this.#child.stdout.on('data', listen);
  }

  /** Waits until it takes connections. */
  listening(port) {
    return this.until(() => takes(port), `nobody takes connections at port ${port}`);
  }

  /** @throws where it ends first, or the time is up */
  async until(holds, otherwise, limitMs = START_LIMIT_MS) {
    const end = performance.now() + limitMs;
    while (this.running && performance.now() < end) {
      if (await holds()) return;
      await Promise.race([pause(LOOK_MS), this.#exit]);
    }
    throw new Error(
      `${this.#child.spawnfile}: ${this.running ? otherwise : 'it ended'}.\n${this.#failure ?? this.said}`,
    );
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Tells it to end, and waits until it has; by force where it takes too long. */
  async end(name = 'SIGKILL', limitMs = 60_000) {
    if (this.running) {
      this.#child.kill(name);
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), limitMs);
      await this.#exit;
      clearTimeout(timer);
    }
    return this.#child.exitCode;
  }
}

/** The first of these programs that ends well with these arguments. */
export function found(programs, args) {
  const path = programs.find((program) => spawnSync(program, args, { stdio: 'ignore' }).status === 0);
  if (!path) throw new Error(`Missing on this machine: ${programs.join(' or ')}`);
  return path;
}
