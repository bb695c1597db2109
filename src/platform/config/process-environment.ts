/**
 * Whether this process is told to be in production, whatever the configuration says that it was handed: for what
 * must not be in production even by mistake.
 */
export function processInProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
