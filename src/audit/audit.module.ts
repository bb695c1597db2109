import { Module } from '@nestjs/common';
import { AuditVerifyCommand } from './audit-verify.command.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { FoldedRefusals } from './folded-refusals.js';
import { FoldedRefusalsService } from './folded-refusals.service.js';
import { SealerService } from './sealer.service.js';
import { VerificationService } from './verification.service.js';

@Module({
  controllers: [AuditController],
  providers: [
    AuditService,
    AuditRepository,
    SealerService,
    FoldedRefusals,
    FoldedRefusalsService,
    VerificationService,
    AuditVerifyCommand,
  ],
})
export class AuditModule {}
