import type { Clock } from '../clock/index.js';
import { RateLimits, type Exceeded, type LimitedKey, type Reservation } from './rate-limits.js';
import { LimitedKeys, type Tries } from './tries.js';

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
 * The memory is bounded by forgetting: what has expired first, then, of the limit that holds the most, the
 * oldest below it, and only then keys at it. Whoever floods the memory with new keys frees no key that is
 * refused; and with tries that cost nothing (refused refresh tokens) nobody makes it forget those that cost a
 * hash each (failed logins).
 */
export class MemoryRateLimits extends RateLimits {
  private readonly byName = new Map<string, LimitedKeys>();

  constructor(
    private readonly clock: Clock,
    private readonly mostTries = MOST_TRIES,
  ) {
    super();
  }

  /** How many tries are held. */
  get held(): number {
    return [...this.byName.values()].reduce((sum, { held }) => sum + held, 0);
  }

  override reserve(keys: readonly LimitedKey[]): Promise<Reservation | Exceeded> {
    // Checked and counted without a pause between: of two at the same moment one sees the other's try.
    const now = this.clock.millis();
    return Promise.resolve(this.exceeded(keys, now) ?? this.count(keys, now));
  }

  override reached(keys: readonly LimitedKey[]): Exceeded | undefined {
    return this.exceeded(keys, this.clock.millis());
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
    const keys = this.byName.get(name);
    const tries = keys?.find(key);
    if (keys && tries) keys.held -= tries.expire(now);
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
      ofLimit.held += 1;
      ofLimit.place(tries);
    }
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
    keys.held -= 1;
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
    let excess = this.held + wanted - this.mostTries;
    while (excess > 0) {
      const fullest = fullestOf(all);
      if (!fullest?.first) return;
      excess -= fullest.first.count;
      this.forget(fullest, fullest.first);
    }
  }

  private forget(keys: LimitedKeys, tries: Tries): void {
    keys.held -= tries.count;
    keys.forget(tries);
  }
}

/** Of the limits of which something can be forgotten. */
function fullestOf(all: readonly LimitedKeys[]): LimitedKeys | undefined {
  return all.filter(({ first }) => first !== undefined).sort((a, b) => b.held - a.held)[0];
}
