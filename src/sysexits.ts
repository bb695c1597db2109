/** sysexits.h: what scripts and supervisors can tell one failure from another by. */
export const EX_USAGE = 64;
export const EX_DATAERR = 65;
export const EX_UNAVAILABLE = 69;
export const EX_TEMPFAIL = 75;
export const EX_CONFIG = 78;
export const FAILED = 1;

/** A command that does not fit the situation, with the one that does. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
