import { Global, Module } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import { Configuration } from '../config/index.js';
import { MemoryRateLimits } from './memory-rate-limits.js';
import { Refusals } from './refusals.js';
import { NoRateLimits, RateLimits } from './rate-limits.js';

/** Gives every module the one store of limits. */
@Global()
@Module({
  providers: [
    Refusals,
    {
      provide: RateLimits,
      useFactory: ({ rateLimits }: Configuration, clock: Clock): RateLimits =>
        rateLimits.on ? new MemoryRateLimits(clock) : new NoRateLimits(),
      inject: [Configuration, Clock],
    },
  ],
  exports: [RateLimits, Refusals],
})
export class LimitsModule {}
