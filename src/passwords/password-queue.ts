import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { EventLoop } from '../platform/event-loop/index.js';
import { Log } from '../platform/logging/index.js';
import { Tally } from '../platform/metrics/index.js';
import type { Problem } from '../platform/problem/index.js';
import { Tracing } from '../platform/tracing/index.js';
import { Places, type Asker } from './places.js';
import { ServiceOverloaded } from './passwords.problems.js';

/** Runs one hash when its turn comes. */
export type InTurn = <T>(hash: () => Promise<T>) => Promise<T>;

/** Slow hashes must not leave so few places that nobody gets in: so many for each that runs. */
const LEAST_PLACES_EACH = 4;
/** Until the first is measured. */
const FIRST_GUESS_MS = 50;
/** No hash counts as shorter: it keeps the number of places bounded. */
const SHORTEST_MS = 1;
/** Weight of the latest hash in the average. */
const WEIGHT = 1 / 8;
const COMPLAINT_INTERVAL_MS = 60_000;
const COMPLAINTS = {
  places: 'more password checks than can be answered in time, or than one client may have: refusing some',
  event_loop: 'the event loop is late: refusing password checks of clients that did not sign in lately',
};

/**
 * Lets as many hashes run at once as there are cores and memory to spare, and as many wait as can be answered in time.
 *
 * Hashing is the dearest thing that a stranger can ask for. A place is taken before anything is looked up, so
 * that a flood is refused at the price of a comparison, alike for known and unknown accounts. No client has all
 * of the places, and a share is kept for clients that signed in lately: neither a flood of strangers nor one of
 * their own shuts out those who are already in.
 */
@Injectable()
export class PasswordQueue {
  readonly concurrency: number;
  readonly refusals = new Tally('places', 'event_loop');
  private readonly waiting: (() => void)[] = [];
  private readonly places = new Places();
  private running = 0;
  private averageMs = FIRST_GUESS_MS;
  private lastComplaint = -Infinity;

  constructor(
    private readonly configuration: Configuration,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly eventLoop: EventLoop,
    private readonly tracing: Tracing,
  ) {
    this.concurrency = configuration.hashesAtOnce;
  }

  /**
   * Takes a place at once, or refuses; gives it up when the work has ended, however it ends.
   *
   * @throws `service_overloaded` before anything of the work is begun
   */
  async admit<T>(asker: Asker, work: (inTurn: InTurn) => Promise<T>): Promise<T> {
    // What a stranger asks for goes first; known clients have no more than the places that are kept for them.
    const giveUp = this.places.take(asker, this.depth, this.eventLoop.isLate);
    if (!giveUp) throw this.refuse();
    try {
      return await work((hash) => this.inTurn(hash));
    } finally {
      giveUp();
    }
  }

  /** Whether `admit` would let it in. */
  hasPlace(asker: Asker): boolean {
    return this.places.has(asker, this.depth, this.eventLoop.isLate);
  }

  /** Counts a refusal, says so in the log once in a while, and hands over what is told. */
  refuse(): Problem {
    const reason = this.eventLoop.isLate ? 'event_loop' : 'places';
    const seconds = Math.ceil((this.places.inside * this.averageMs) / this.concurrency / 1000);
    this.refusals.add(reason);
    this.complain(reason);
    return ServiceOverloaded({ headers: { 'Retry-After': String(Math.max(1, seconds)) } });
  }

  /** How many are inside, waiting or running. */
  get inside(): number {
    return this.places.inside;
  }

  /** How many hashes run at this moment; the others inside wait, or look something up. */
  get hashing(): number {
    return this.running;
  }

  /** How long the latest took, the last counting most. */
  get averageSeconds(): number {
    return this.averageMs / 1000;
  }

  /** How many may be inside at once, waiting or running, to be answered in time. */
  get depth(): number {
    const inTime = (this.limitMs / Math.max(this.averageMs, SHORTEST_MS)) * this.concurrency;
    return Math.max(LEAST_PLACES_EACH * this.concurrency, Math.floor(inTime));
  }

  private get limitMs(): number {
    return this.configuration.passwordWaitLimitSeconds * 1000;
  }

  private async inTurn<T>(hash: () => Promise<T>): Promise<T> {
    // Whoever ends hands its turn on: nobody who comes in between can take it.
    if (this.running < this.concurrency) this.running += 1;
    else
      await this.tracing.within(
        'wait for a hash',
        () => new Promise<void>((turn) => this.waiting.push(turn)),
      );
    const began = this.clock.monotonicMillis();
    try {
      const result = await this.tracing.within('password hash', hash);
      this.learn(this.clock.monotonicMillis() - began);
      return result;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** A machine that slept in the middle of a hash is not a slow machine: no one measure counts for more than the limit. */
  private learn(milliseconds: number): void {
    this.averageMs += (Math.min(milliseconds, this.limitMs) - this.averageMs) * WEIGHT;
  }

  /** Once in a while, and not once a refusal: a flood must not fill the log. */
  private complain(reason: keyof typeof COMPLAINTS): void {
    const now = this.clock.monotonicMillis();
    if (now - this.lastComplaint < COMPLAINT_INTERVAL_MS) return;
    this.lastComplaint = now;
    this.log.warn(
      { inside: this.places.inside, places: this.depth, milliseconds: Math.round(this.averageMs) },
      COMPLAINTS[reason],
    );
  }
}
