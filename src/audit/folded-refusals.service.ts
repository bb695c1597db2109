import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { Events, SERVICE, type Origin } from '../platform/events/index.js';
import { clientAddress, Refusals } from '../platform/limits/index.js';
import { Timers } from '../platform/timers/index.js';
import { RequestsRefused } from './audit.events.js';

/** What one client address was refused since its first refusal that is not written down yet. */
interface Folded {
  readonly origin: Origin;
  readonly since: number;
  readonly counts: Map<string, number>;
}

const WINDOW_MS = 60_000;
const INTERVAL_SECONDS = 10;
/** Of all addresses together; whoever floods from more of them is folded into one row with the others. */
const MOST_ADDRESSES = 10_000;
const OTHERS = 'others';
const ROWS_AT_ONCE = 100;

/** One row for an address and a minute, however many of its requests were refused: a flood writes nothing by itself. */
@Injectable()
export class FoldedRefusalsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly byAddress = new Map<string, Folded>();

  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly clock: Clock,
    refusals: Refusals,
    timers: Timers,
  ) {
    refusals.listen((origin, code) => this.fold(origin, code));
    timers.every(INTERVAL_SECONDS, 'Writing down what was refused', () => this.writeDue());
  }

  /** Nest's word before the application ends: the database is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.write([...this.byAddress.keys()]).catch((error: unknown) => this.logger.warn(error));
  }

  private fold(origin: Origin, code: string): void {
    const known = clientAddress(origin.ip);
    const room = this.byAddress.has(known) || this.byAddress.size < MOST_ADDRESSES;
    const address = room ? known : OTHERS;
    // The client address, not the host's own: an IPv6 flood has a new one for every request.
    const from = room ? { ...origin, ip: known } : SERVICE;
    this.add(address, { origin: from, since: this.clock.millis(), counts: new Map([[code, 1]]) });
  }

  private add(address: string, folded: Folded): void {
    const there = this.byAddress.get(address);
    if (!there) this.byAddress.set(address, folded);
    else for (const [code, n] of folded.counts) there.counts.set(code, (there.counts.get(code) ?? 0) + n);
  }

  private writeDue(): Promise<void> {
    const due = this.clock.millis() - WINDOW_MS;
    return this.write(
      [...this.byAddress].filter(([, { since }]) => since <= due).map(([address]) => address),
    );
  }

  /** Taken out first, so that what is refused meanwhile begins anew; put back where it cannot be written. */
  private async write(addresses: string[]): Promise<void> {
    while (addresses.length > 0) {
      const taken = addresses.splice(0, ROWS_AT_ONCE).flatMap((address) => {
        // A stop writes beside the timer: whoever comes second finds some of them gone.
        const folded = this.byAddress.get(address);
        return folded ? [[address, folded] as const] : [];
      });
      taken.forEach(([address]) => this.byAddress.delete(address));
      try {
        await this.database.transaction(async (tx) => {
          for (const [, folded] of taken) await this.events.publish(tx, eventOf(folded));
        });
      } catch (error) {
        taken.forEach(([address, folded]) => this.add(address, folded));
        throw error;
      }
    }
  }
}

function eventOf({ origin, since, counts }: Folded) {
  return RequestsRefused(origin, {}, { since: new Date(since).toISOString(), ...Object.fromEntries(counts) });
}
