export { afterCommit } from './after-commit.js';
export { Database } from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseInUse } from './directory-lock.js';
export * as embeddedData from './embedded-data.js';
export { DatabaseRefused, DatabaseUnavailable, isDatabaseUnavailable, violates } from './failures.js';
export type { Queryable, Transaction } from './queryable.js';
