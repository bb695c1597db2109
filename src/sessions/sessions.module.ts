import { Module } from '@nestjs/common';
import { Metrics } from '../platform/metrics/index.js';
import { RemovalRepository } from './removal.repository.js';
import { RemovalService } from './removal.service.js';
import { RevocationDoubts } from './revocation-doubts.service.js';
import { RevocationFeed } from './revocation-feed.service.js';
import { Revocations } from './revocations.js';
import { RevocationsRepository } from './revocations.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  providers: [
    SessionsService,
    SessionsRepository,
    Revocations,
    RevocationsRepository,
    RevocationFeed,
    RevocationDoubts,
    RemovalService,
    RemovalRepository,
  ],
  exports: [SessionsService, Revocations, RevocationFeed],
})
export class SessionsModule {
  constructor(metrics: Metrics, revocations: Revocations, feed: RevocationFeed, removal: RemovalService) {
    metrics.gauge(
      'sumun_revocations',
      'Revoked sessions and users that this node holds in memory.',
      () => revocations.size,
    );
    metrics.gauge(
      'sumun_revocation_feed_staleness_seconds',
      'Since this node was sure to know everything that others revoked; 0 on the embedded database.',
      () => revocations.staleness / 1000,
    );
    metrics.gauge(
      'sumun_revocation_feed_lag_seconds',
      'From the record of the newest revocation to its arrival here, by the clock of the database.',
      () => feed.lagMs / 1000,
    );
    metrics.counter(
      'sumun_removed_sessions_total',
      'Sessions that were over, and that this node has removed.',
      () => removal.removedSessions,
    );
    metrics.counter(
      'sumun_removed_revocations_total',
      'Revocations of tokens that have expired, and that this node has removed.',
      () => removal.removedRevocations,
    );
  }
}
