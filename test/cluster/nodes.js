import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY = /Sumun is ready at (http:\/\/\S+)\n/;
/** Making an embedded database takes seconds, many on a machine that does other work. */
const READY_LIMIT_MS = 180_000;

/** `node dist/main.js`, which comes back on its port after each kill. */
export class Node {
  origin;
  #env;
  #program;
  #closed = false;

  /** @param root where the build is that it runs */
  constructor(env, root = ROOT) {
    const { PATH, HOME, TMPDIR } = process.env;
    this.#env = { PATH, HOME, TMPDIR, PORT: '0', ...env };
    this.root = root;
  }

  /** What it said last. */
  get said() {
    return this.#program?.said ?? '';
  }

  get running() {
    return this.#program?.running ?? false;
  }

  get port() {
    return Number(new URL(this.origin).port);
  }

  /** @throws where it does not get ready, or was closed */
  async start() {
    if (this.#closed) throw new Error('The node was closed.');
    const program = new Program(process.execPath, ['dist/main.js'], { cwd: this.root, env: this.#env });
    this.#program = program;
    await program.until(() => READY.test(program.said), 'a node did not get ready', READY_LIMIT_MS);
    this.origin = READY.exec(program.said)[1];
    this.#env.PORT = String(this.port);
  }

  /** From its next start on. */
  change(env) {
    Object.assign(this.#env, env);
  }

  /** As a crash would: nothing is finished, nobody is told. */
  async kill() {
    await this.#program?.end();
  }

  /** As an operator would: what is under way is finished. Answers its exit code. */
  stop() {
    return this.#program.end('SIGTERM');
  }

  /** For good: whoever is about to start it again is refused. */
  async close() {
    this.#closed = true;
    await this.kill();
  }
}
