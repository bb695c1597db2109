/** Whether npm started this process; it says so to every script it runs. */
export function launchedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/**
 * Whether this process is told to be in production, whatever the configuration says that it was handed: for what
 * must not be in production even by mistake.
 */
export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
