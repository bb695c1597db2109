import { Module } from '@nestjs/common';
import { RevocationFeed } from './revocation-feed.service.js';
import { Revocations } from './revocations.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  providers: [SessionsService, SessionsRepository, Revocations, RevocationFeed],
  exports: [SessionsService, Revocations, RevocationFeed],
})
export class SessionsModule {}
