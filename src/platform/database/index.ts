export { afterCommit } from './after-commit.js';
export { Database } from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseInUse } from './directory-lock.js';
export * as embeddedData from './embedded-data.js';
export { DatabaseRefused, DatabaseUnavailable, violates } from './failures.js';
export type { Queryable, Transaction } from './queryable.js';
export { ask } from './statement.js';
