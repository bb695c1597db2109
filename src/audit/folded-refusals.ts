import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { SERVICE, type Origin } from '../platform/events/index.js';
import { clientAddress, Refusals } from '../platform/limits/index.js';
import type { ProblemDefinition } from '../platform/problem/index.js';

/** What one caller, or nobody, at one client address was refused since its first refusal that is not written down yet. */
export interface Folded {
  readonly key: string;
  readonly origin: Origin;
  readonly since: number;
  readonly counts: Map<string, number>;
}

/** What is told to whoever tries doors or floods (ASVS 16.3.2). The rest is everyday, or has a row of its own. */
const STATUSES = new Set([403, 429, 503]);
const CODES = new Set(['invalid_token', 'invalid_refresh_token']);

const WINDOW_MS = 60_000;
/** Of all addresses and callers together; whoever floods from more of them is folded into one row with the others. */
const MOST_KEYS = 10_000;
const OTHERS = 'others';

/** One for an address, a caller and a minute, however many requests were refused: a flood writes nothing by itself. */
@Injectable()
export class FoldedRefusals {
  private readonly byKey = new Map<string, Folded>();

  constructor(
    private readonly clock: Clock,
    refusals: Refusals,
  ) {
    refusals.listen((origin, told) => this.fold(origin, told));
  }

  get all(): Folded[] {
    return [...this.byKey.values()];
  }

  /** Those whose minute is over. */
  get due(): Folded[] {
    const due = this.clock.millis() - WINDOW_MS;
    return this.all.filter(({ since }) => since <= due);
  }

  add(folded: Folded): void {
    const there = this.byKey.get(folded.key);
    if (!there) this.byKey.set(folded.key, folded);
    else for (const [code, n] of folded.counts) there.counts.set(code, (there.counts.get(code) ?? 0) + n);
  }

  /** What is refused from now on begins anew. False where it was taken before. */
  take(folded: Folded): boolean {
    return this.byKey.get(folded.key) === folded && this.byKey.delete(folded.key);
  }

  private fold(origin: Origin, { status, code }: ProblemDefinition): void {
    if (!STATUSES.has(status) && !CODES.has(code)) return;
    // The client address, not the host's own: an IPv6 flood has a new one for every request.
    const ip = clientAddress(origin.ip);
    const own = `${ip} ${origin.actorId}`;
    const room = this.byKey.has(own) || this.byKey.size < MOST_KEYS;
    const [key, from] = room ? [own, { ...origin, ip }] : [OTHERS, SERVICE];
    this.add({ key, origin: from, since: this.clock.millis(), counts: new Map([[code, 1]]) });
  }
}
