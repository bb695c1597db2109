import { Module } from '@nestjs/common';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { SealerService } from './sealer.service.js';

@Module({ providers: [AuditService, AuditRepository, SealerService] })
export class AuditModule {}
