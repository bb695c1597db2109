const EXAMPLES_EACH = 5;

/** What was promised and not kept: how often, and the first of each kind in words. */
export class Breaches {
  counts;
  examples = [];

  constructor(kinds) {
    this.counts = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  }

  get total() {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  add(kind, what) {
    this.counts[kind] += 1;
    if (this.counts[kind] <= EXAMPLES_EACH) this.examples.push(`${kind}: ${what}`);
  }
}
