import { NotAnswered } from './ask-password.js';
import { accessCatalogue } from './access/index.js';
import { ConfigurationError } from './platform/config/index.js';
import { ControlError } from './platform/control/index.js';
import { withoutParameters } from './platform/logging/index.js';
import { ForeignKey, SealBroken, SecretUnusable } from './platform/crypto/index.js';
import { DatabaseInUse, DatabaseRefused, DatabaseUnavailable } from './platform/database/index.js';
import {
  EX_CONFIG,
  EX_DATAERR,
  EX_TEMPFAIL,
  EX_UNAVAILABLE,
  EX_USAGE,
  FAILED,
  UsageError,
} from './sysexits.js';

const CODES: readonly (readonly [abstract new (...given: never[]) => Error, number])[] = [
  [UsageError, EX_USAGE],
  [ConfigurationError, EX_CONFIG],
  [SecretUnusable, EX_CONFIG],
  [ForeignKey, EX_CONFIG],
  [DatabaseRefused, EX_CONFIG],
  [SealBroken, EX_DATAERR],
  [DatabaseUnavailable, EX_UNAVAILABLE],
  [DatabaseInUse, EX_TEMPFAIL],
];

export function exitCodeOf(error: unknown): number {
  if (error instanceof ControlError) return error.code === 'not_running' ? EX_TEMPFAIL : EX_DATAERR;
  return CODES.find(([kind]) => error instanceof kind)?.[1] ?? FAILED;
}

/** Their messages are written for a person; of any other failure the stack is told. */
const FOR_PEOPLE = [
  ControlError,
  ...CODES.map(([kind]) => kind),
  NotAnswered,
  accessCatalogue.AccessDeclarationError,
];

export function explain(error: unknown): string {
  if (error instanceof DatabaseUnavailable) return [error.message, ...reasonsOf(error.cause)].join('\n  ');
  if (FOR_PEOPLE.some((kind) => error instanceof kind)) return messageOf(error as Error);
  if ((error as NodeJS.ErrnoException | null | undefined)?.code === 'EADDRINUSE') {
    const { port } = error as { port?: number };
    return `Port ${port} is in use. Stop what listens there, or choose another with PORT, or METRICS_PORT (0 picks a free one).`;
  }
  const refusal = refusalBySystem(error);
  if (refusal !== undefined) return refusal;
  return error instanceof Error ? withoutParameters(error.stack ?? error.message) : String(error);
}

/** What the operating system refuses is nothing that a stack explains. */
function refusalBySystem(error: unknown): string | undefined {
  const { code, syscall, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return (
      `It cannot listen there (${message}). HOST must be an address of this machine (0.0.0.0: all of them); ` +
      'a PORT below 1024 wants a right of its own.'
    );
  return code && /^(EACCES|ENOTDIR|EROFS|ENOSPC|EPERM|EEXIST)$/.test(code)
    ? `The system refused: ${message}. Check DATA_DIR, and the rights on it.`
    : undefined;
}

function messageOf(error: Error): string {
  const details = error instanceof ControlError ? error.details : undefined;
  if (!Array.isArray(details)) return error.message;
  const lines = (details as { field: string; message: string }[]).map(
    ({ field, message }) => `  ${field}: ${message}`,
  );
  return [error.message, ...lines].join('\n');
}

/** Why the database is away, in the driver's words: they hold host, port or database, and no password. */
function reasonsOf(cause: unknown): string[] {
  if (cause instanceof AggregateError) return cause.errors.flatMap(reasonsOf);
  if (!(cause instanceof Error)) return [];
  return cause.cause instanceof Error ? reasonsOf(cause.cause) : [cause.message];
}
