/** So many tries in any stretch of time as long as the window. */
export interface Limit {
  /** Stable: it names the limit in a shared store and in the log. */
  readonly name: string;
  readonly max: number;
  readonly windowSeconds: number;
}

/** What a try counts against. A key may tell of a person: it is held in memory and never logged. */
export interface LimitedKey {
  readonly limit: Limit;
  readonly key: string;
}

/** The try was counted against every one of its limits. */
export interface Reservation {
  readonly granted: true;
  /** Takes the try back, as though it had not been made; a second call does nothing. */
  giveBack(): Promise<void>;
}

/** At least one limit was reached, and nothing was counted. */
export interface Exceeded {
  readonly granted: false;
  readonly exceeded: readonly Limit[];
  /** Whole seconds, at least one, until the last of the exceeded limits lets the next try through. */
  readonly retryAfterSeconds: number;
}

/** The store behind all limits. Asynchronous, so that several nodes can share one. */
export abstract class RateLimits {
  /**
   * Counts one try against several limits at once, or against none of them. A try is reserved before what it
   * pays for is done: of many at the same moment no more than the limit get through.
   */
  abstract reserve(keys: readonly LimitedKey[]): Promise<Reservation | Exceeded>;

  /** Which of these limits are reached by what this node has counted, at once and counting nothing; undefined: none. */
  abstract reached(keys: readonly LimitedKey[]): Exceeded | undefined;

  /** Connects to what the limits are shared over, if they are; never rejects. */
  open(): Promise<void> {
    return Promise.resolve();
  }
}

/** Grants everything: for benchmarks, and refused in production. */
export class NoRateLimits extends RateLimits {
  override reserve(): Promise<Reservation> {
    return Promise.resolve({ granted: true, giveBack: () => Promise.resolve() });
  }

  override reached(): undefined {
    return undefined;
  }
}
