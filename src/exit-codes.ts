import { AccessDeclarationError } from './access/index.js';
import { ConfigurationError } from './platform/config/index.js';
import { DatabaseInUse, DatabaseUnavailable } from './platform/database/index.js';

/** sysexits.h: what scripts and supervisors can tell one failure from another by. */
const EX_TEMPFAIL = 75;
const EX_CONFIG = 78;
const FAILED = 1;

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EX_CONFIG;
  if (error instanceof DatabaseInUse) return EX_TEMPFAIL;
  return FAILED;
}

/** What to tell a person about a failure: the message where it was written for one, else all there is. */
export function explain(error: unknown): string {
  const written = [ConfigurationError, DatabaseInUse, DatabaseUnavailable, AccessDeclarationError];
  if (written.some((kind) => error instanceof kind)) return (error as Error).message;
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const { port } = error as { port?: number };
    return `Port ${port} is in use. Stop what listens there, or choose another with PORT (PORT=0 picks a free one).`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
