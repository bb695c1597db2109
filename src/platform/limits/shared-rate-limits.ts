import type { OnApplicationShutdown } from '@nestjs/common';
import { RateLimits, type Exceeded, type LimitedKey, type Reservation } from './rate-limits.js';
import type { RedisTries } from './redis-tries.js';

/**
 * Limits of all nodes together. Every try is counted in this node's memory first, which is less than or as much as all
 * nodes have counted: what it refuses need not be asked, and a flood of refused tries stays here. When Redis is away,
 * the memory decides alone, and it knows what was tried here before.
 */
export class SharedRateLimits extends RateLimits implements OnApplicationShutdown {
  constructor(
    private readonly own: RateLimits,
    private readonly shared: RedisTries,
  ) {
    super();
  }

  override async open(): Promise<void> {
    await this.shared.start();
  }

  onApplicationShutdown(): void {
    this.shared.stop();
  }

  override reached(keys: readonly LimitedKey[]): Exceeded | undefined {
    return this.own.reached(keys);
  }

  override async reserve(keys: readonly LimitedKey[]): Promise<Reservation | Exceeded> {
    const here = await this.own.reserve(keys);
    if (!here.granted) return here;
    const everywhere = await this.shared.reserve(keys);
    if (everywhere === undefined) return here;
    if (!everywhere.granted) {
      await here.giveBack();
      return everywhere;
    }
    return {
      granted: true,
      giveBack: async () => {
        await here.giveBack();
        await everywhere.giveBack();
      },
    };
  }
}
