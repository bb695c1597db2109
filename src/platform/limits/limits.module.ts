import { Global, Module } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import { Configuration } from '../config/index.js';
import { Secrets } from '../crypto/index.js';
import { Metrics } from '../metrics/index.js';
import { MemoryRateLimits } from './memory-rate-limits.js';
import { Refusals } from './refusals.js';
import { NoRateLimits, RateLimits } from './rate-limits.js';
import { RedisTries } from './redis-tries.js';
import { SharedRateLimits } from './shared-rate-limits.js';

function limitsOf(settings: Configuration, clock: Clock, secrets: Secrets, metrics: Metrics): RateLimits {
  if (!settings.rateLimits.on) return new NoRateLimits();
  const own = new MemoryRateLimits(clock);
  if (settings.redis === undefined) return own;
  const shared = new RedisTries(settings.redis, secrets);
  metrics.gauge(
    'sumun_rate_limits_shared',
    '1 while rate limits are counted in Redis, 0 while this node goes by its own.',
    () => (shared.up ? 1 : 0),
  );
  return new SharedRateLimits(own, shared);
}

/** Gives every module the one store of limits. */
@Global()
@Module({
  providers: [
    Refusals,
    {
      provide: RateLimits,
      useFactory: limitsOf,
      inject: [Configuration, Clock, Secrets, Metrics],
    },
  ],
  exports: [RateLimits, Refusals],
})
export class LimitsModule {
  constructor(metrics: Metrics, refusals: Refusals) {
    metrics.counters(
      'sumun_refusals_total',
      'Requests that were refused, by the code that they were told.',
      'code',
      () => refusals.byCode,
    );
  }
}
