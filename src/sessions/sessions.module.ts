import { Module } from '@nestjs/common';
import { Revocations } from './revocations.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  providers: [SessionsService, SessionsRepository, Revocations],
  exports: [SessionsService, Revocations],
})
export class SessionsModule {}
