import { Module } from '@nestjs/common';
import { Metrics } from '../platform/metrics/index.js';
import { HashThreads } from './hash-threads.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordQueue } from './password-queue.js';
import { PasswordsRepository } from './passwords.repository.js';
import { PasswordsService } from './passwords.service.js';

@Module({
  providers: [PasswordsService, PasswordHasher, HashThreads, PasswordQueue, PasswordsRepository],
  exports: [PasswordsService, PasswordHasher],
})
export class PasswordsModule {
  constructor(metrics: Metrics, queue: PasswordQueue) {
    metrics.gauge('sumun_password_checks', 'Password checks that wait or run.', () => queue.inside);
    metrics.gauge(
      'sumun_password_places',
      'Password checks that may wait or run at once.',
      () => queue.depth,
    );
    metrics.gauge(
      'sumun_password_hashes_running',
      'Password hashes that run at this moment.',
      () => queue.hashing,
    );
    metrics.gauge(
      'sumun_password_hashes_at_once',
      'Password hashes that may run at once.',
      () => queue.concurrency,
    );
    metrics.gauge(
      'sumun_password_hash_seconds',
      'How long a password hash takes: an average in which the latest counts most.',
      () => queue.averageSeconds,
    );
    metrics.counters(
      'sumun_password_refusals_total',
      'Password checks that were refused because too much waits, by what was short.',
      'reason',
      () => queue.refusals.all,
    );
  }
}
