export { AuditModule } from './audit.module.js';
export { AUDIT_PERMISSIONS } from './audit.permissions.js';
export type { VerifyInput } from './audit-verify.command.js';
export type { Finding, WalkState } from './chain-walk.js';
export type { Stretch } from './verification.service.js';
