/** Whether npm started this process; it says so to every script it runs. */
export function launchedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}
