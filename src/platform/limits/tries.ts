import type { Limit } from './rate-limits.js';

/** The tries of one key that are younger than the window: their times, oldest first. */
export class Tries {
  /** Where it stands in the order of forgetting. */
  line: Line | undefined;
  before: Tries | undefined;
  behind: Tries | undefined;
  private readonly times: number[] = [];

  constructor(
    readonly key: string,
    private readonly windowMillis: number,
  ) {}

  get count(): number {
    return this.times.length;
  }

  /** Whether even the latest has left the window. */
  hasExpired(now: number): boolean {
    return this.latest + this.windowMillis <= now;
  }

  get latest(): number {
    return this.times.at(-1) ?? 0;
  }

  add(at: number): void {
    this.times.push(at);
  }

  /** Takes back one try of that time; false where it has expired meanwhile. */
  remove(at: number): boolean {
    const index = this.times.lastIndexOf(at);
    if (index >= 0) this.times.splice(index, 1);
    return index >= 0;
  }

  /** Forgets what has left the window, and tells how many that were. */
  expire(now: number): number {
    const young = this.times.findIndex((at) => at + this.windowMillis > now);
    const old = young < 0 ? this.times.length : young;
    this.times.splice(0, old);
    return old;
  }

  /** Until the oldest leaves the window. */
  millisLeft(now: number): number {
    return (this.times[0] ?? now) + this.windowMillis - now;
  }
}

/**
 * The order of forgetting. Not that of a `Map`: finding the first of a map whose first entries were deleted
 * steps over every one of them, and a flood would make each of its requests pay for that.
 */
export class Line {
  first: Tries | undefined;
  private last: Tries | undefined;

  append(tries: Tries): void {
    tries.line = this;
    tries.before = this.last;
    if (this.last) this.last.behind = tries;
    else this.first = tries;
    this.last = tries;
  }

  remove(tries: Tries): void {
    if (tries.before) tries.before.behind = tries.behind;
    else this.first = tries.behind;
    if (tries.behind) tries.behind.before = tries.before;
    else this.last = tries.before;
    tries.line = tries.before = tries.behind = undefined;
  }
}

/** The keys of one limit. All have the same window, so that in the order of their latest tries they also expire. */
export class LimitedKeys {
  readonly below = new Line();
  readonly atLimit = new Line();
  /** How many tries all of its keys have, those that are taken out included. */
  held = 0;
  private readonly byKey = new Map<string, Tries>();
  private readonly windowMillis: number;

  constructor(private readonly limit: Limit) {
    this.windowMillis = limit.windowSeconds * 1000;
  }

  /** What is forgotten first. */
  get first(): Tries | undefined {
    return this.below.first ?? this.atLimit.first;
  }

  find(key: string): Tries | undefined {
    return this.byKey.get(key);
  }

  /** Hands over the tries of a key, new or not, until they are placed again: meanwhile nothing forgets them. */
  take(key: string): Tries {
    const tries = this.find(key) ?? new Tries(key, this.windowMillis);
    this.forget(tries);
    return tries;
  }

  /** Puts the tries where they belong by their number, as the last to be forgotten there; with none left, nowhere. */
  place(tries: Tries): void {
    this.forget(tries);
    if (tries.count === 0) return;
    this.byKey.set(tries.key, tries);
    (tries.count >= this.limit.max ? this.atLimit : this.below).append(tries);
  }

  forget(tries: Tries): void {
    tries.line?.remove(tries);
    this.byKey.delete(tries.key);
  }

  /** What expires first, if all of it has expired. */
  firstExpired(now: number): Tries | undefined {
    return [this.below.first, this.atLimit.first].find((tries) => tries?.hasExpired(now));
  }
}
