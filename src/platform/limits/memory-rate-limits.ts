import type { Clock } from '../clock/index.js';
import { RateLimits, type Exceeded, type LimitedKey, type Reservation } from './rate-limits.js';
import { LimitedKeys, type Line, type Tries } from './tries.js';

/** Of all limits together, some tens of megabytes at most. */
const MOST_TRIES = 100_000;

interface Counted {
  readonly keys: LimitedKeys;
  readonly tries: Tries;
}

/**
 * Limits of one process. Every try is kept with its time until it leaves the window, so that no stretch of
 * time, wherever it begins, holds more than the limit.
 *
 * The memory is bounded by forgetting: what has expired first, then the oldest below their limit, and only
 * then keys at their limit. Whoever floods the memory with new keys frees no key that is refused.
 */
export class MemoryRateLimits extends RateLimits {
  private readonly byName = new Map<string, LimitedKeys>();
  private size = 0;

  constructor(
    private readonly clock: Clock,
    private readonly mostTries = MOST_TRIES,
  ) {
    super();
  }

  /** How many tries are held. */
  get held(): number {
    return this.size;
  }

  override reserve(keys: readonly LimitedKey[]): Promise<Reservation | Exceeded> {
    // Checked and counted without a pause between: of two at the same moment one sees the other's try.
    const now = this.clock.millis();
    return Promise.resolve(this.exceeded(keys, now) ?? this.count(keys, now));
  }

  private exceeded(keys: readonly LimitedKey[], now: number): Exceeded | undefined {
    const over = keys
      .map(({ limit, key }) => ({ limit, tries: this.current(limit.name, key, now) }))
      .filter(({ limit, tries }) => tries !== undefined && tries.count >= limit.max);
    if (over.length === 0) return undefined;
    const longest = Math.max(...over.map(({ tries }) => tries!.millisLeft(now)));
    return {
      granted: false,
      exceeded: over.map(({ limit }) => limit),
      retryAfterSeconds: Math.ceil(longest / 1000),
    };
  }

  /** The tries of a key that still count. */
  private current(name: string, key: string, now: number): Tries | undefined {
    const tries = this.byName.get(name)?.find(key);
    if (tries) this.size -= tries.expire(now);
    return tries;
  }

  private count(keys: readonly LimitedKey[], now: number): Reservation {
    // Taken out before room is made, or a key just below its limit could be forgotten by its own next try.
    const counted = keys.map(({ limit, key }) => {
      const ofLimit = this.keysOf(limit);
      return { keys: ofLimit, tries: ofLimit.take(key) };
    });
    this.makeRoom(counted.length, now);
    for (const { keys: ofLimit, tries } of counted) {
      tries.add(now);
      ofLimit.place(tries);
    }
    this.size += counted.length;
    let given = false;
    return {
      granted: true,
      giveBack: () => {
        if (!given) counted.forEach((one) => this.takeBack(one, now));
        given = true;
        return Promise.resolve();
      },
    };
  }

  private takeBack({ keys, tries }: Counted, at: number): void {
    // Forgotten meanwhile, and perhaps begun anew: those are other tries.
    if (keys.find(tries.key) !== tries || !tries.remove(at)) return;
    this.size -= 1;
    keys.place(tries);
  }

  private keysOf(limit: LimitedKey['limit']): LimitedKeys {
    const keys = this.byName.get(limit.name) ?? new LimitedKeys(limit);
    this.byName.set(limit.name, keys);
    return keys;
  }

  private makeRoom(wanted: number, now: number): void {
    const all = [...this.byName.values()];
    for (const keys of all) {
      for (let old = keys.firstExpired(now); old; old = keys.firstExpired(now)) this.forget(keys, old);
    }
    while (this.size + wanted > this.mostTries) {
      const oldest = oldestOf(all, (keys) => keys.below) ?? oldestOf(all, (keys) => keys.atLimit);
      if (!oldest) return;
      this.forget(oldest.keys, oldest.tries);
    }
  }

  private forget(keys: LimitedKeys, tries: Tries): void {
    this.size -= tries.count;
    keys.forget(tries);
  }
}

function oldestOf(all: readonly LimitedKeys[], lineOf: (keys: LimitedKeys) => Line): Counted | undefined {
  return all
    .map((keys) => ({ keys, tries: lineOf(keys).first }))
    .filter((one): one is Counted => one.tries !== undefined)
    .sort((a, b) => a.tries.latest - b.tries.latest)[0];
}
