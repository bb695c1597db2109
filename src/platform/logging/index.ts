export { Log, type LogFields } from './log.js';
export { LoggingModule } from './logging.module.js';
export { withoutParameters } from './redact.js';
export { NestLogger } from './nest-logger.js';
