export { afterCommit } from './after-commit.js';
export { Database } from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseInUse, readHolder } from './directory-lock.js';
export {
  DatabaseRefused,
  DatabaseUnavailable,
  isDatabaseUnavailable,
  isUniqueViolation,
} from './failures.js';
export type { Queryable, Transaction } from './queryable.js';
