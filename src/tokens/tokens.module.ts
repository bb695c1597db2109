import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { KeysModule } from '../keys/index.js';
import { Metrics } from '../platform/metrics/index.js';
import { SessionsModule } from '../sessions/index.js';
import { AccessTokensService } from './access-tokens.service.js';
import { VerifiedTokens } from './verified-tokens.js';

@Module({
  imports: [KeysModule, SessionsModule, JwtModule.register({})],
  providers: [AccessTokensService, VerifiedTokens],
  exports: [AccessTokensService, VerifiedTokens],
})
export class TokensModule {
  constructor(metrics: Metrics, verified: VerifiedTokens) {
    metrics.gauge(
      'sumun_verified_tokens',
      'Access tokens whose signature this node remembers.',
      () => verified.size,
    );
    metrics.counters(
      'sumun_token_lookups_total',
      'Access tokens looked up in that memory: a miss costs a signature.',
      'result',
      () => verified.lookups,
    );
  }
}
