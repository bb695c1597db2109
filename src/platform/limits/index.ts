export { clientAddress } from './client-address.js';
export { ExpiringMemory } from './expiring-memory.js';
export { LimitsModule } from './limits.module.js';
export { Refusals } from './refusals.js';
export { RateLimited, refusalOf } from './limits.problems.js';
export { RateLimits, type Limit, type LimitedKey, type Reservation } from './rate-limits.js';
