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
