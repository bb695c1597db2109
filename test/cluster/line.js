import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Stands between the nodes and their database: passes what comes later, or not at all for a while. */
export class Line {
  /** How much later, each way. */
  delayMs = 0;
  #pairs = new Set();
  #stalled = false;
  #listener;

  static async open(target) {
    const line = new Line();
    const { port, hostname } = new URL(target);
    line.#listener = createServer((near) => line.#join(near, connect(Number(port), hostname)));
    await once(line.#listener.listen(0, '127.0.0.1'), 'listening');
    line.url = new URL(target);
    line.url.port = String(line.#listener.address().port);
    return line;
  }

  /** Nothing passes and nothing is told, as where a cable is pulled; who comes meanwhile finds the same. */
  stall() {
    this.#stalled = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /**
   * What comes from now on passes again. What is connected is dead for good, without a word, as where whatever kept
   * its state forgot it; unless it is told to go on.
   */
  flow({ forget = false } = {}) {
    this.#stalled = false;
    if (!forget) for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close() {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#listener.close();
  }

  #join(near, far) {
    const pair = [near, far];
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near]]) {
      const later = this.#inOrder();
      from.on('data', (piece) => later(() => to.writable && to.write(piece)));
      from.on('end', () => later(() => to.end()));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        later(() => to.destroy());
      });
      if (this.#stalled) from.pause();
    }
  }

  /** Nothing overtakes what was sent before it, also where the delay has just become shorter. */
  #inOrder() {
    let before = Promise.resolve();
    return (pass) => {
      const due = performance.now() + this.delayMs;
      before = before.then(async () => {
        const left = due - performance.now();
        if (left > 0) await pause(left);
        pass();
      });
    };
  }
}
