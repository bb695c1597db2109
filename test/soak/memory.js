const GAUGES = { rss: 'process_resident_memory_bytes', heap: 'nodejs_heap_size_used_bytes' };
const MIB = 2 ** 20;
/** By how much the last quarter may lie above the second one: the first is the warming up. */
const GROWTH = 1.05;

/** What the nodes say of their memory, as they are: nobody collects garbage for it. */
export class Memory {
  /** Of each node, `{ at, rss, heap }` with seconds and MiB. */
  samples;
  #nodes;
  #began = performance.now();

  constructor(nodes) {
    this.#nodes = nodes;
    this.samples = nodes.map(() => []);
  }

  async sample() {
    await Promise.all(
      this.#nodes.map(async ({ metrics }, n) => {
        const text = await (await fetch(metrics)).text();
        const at = (performance.now() - this.#began) / 1000;
        const figures = Object.entries(GAUGES).map(([name, gauge]) => [name, figure(text, gauge) / MIB]);
        this.samples[n].push({ at, ...Object.fromEntries(figures) });
      }),
    );
  }

  /** Of each node, the medians of the samples of a stretch of time. */
  between(from, to) {
    return this.samples.map((taken) => {
      const of = taken.filter(({ at }) => at >= from && at < to);
      return { rss: median(of.map(({ rss }) => rss)), heap: median(of.map(({ heap }) => heap)) };
    });
  }

  /** Of each node and figure: the medians of two quarters, the slope since the first, and whether that is flat. */
  verdicts(seconds) {
    const [second, last] = [1, 3].map((n) => this.between((n * seconds) / 4, ((n + 1) * seconds) / 4));
    return this.samples.flatMap((taken, node) =>
      Object.keys(GAUGES).map((name) => {
        const [before, after] = [second[node][name], last[node][name]];
        const settled = taken.filter(({ at }) => at >= seconds / 4);
        const slope = 3600 * slopeOf(settled.map((one) => [one.at, one[name]]));
        return { node: node + 1, name, before, after, slope, flat: after <= before * GROWTH };
      }),
    );
  }
}

/** A counter or gauge without labels, in the text that Prometheus reads. */
export function figure(text, name) {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[Math.floor(sorted.length / 2)];
}

/** By least squares. */
function slopeOf(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([a]) => a), mean(([, b]) => b)];
  return mean(([a, b]) => (a - x) * (b - y)) / mean(([a]) => (a - x) ** 2);
}
