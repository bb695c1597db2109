import { spawnSync } from 'node:child_process';

/** The first of these programs that ends well with these arguments. On the CI machine a missing one fails. */
function installed(programs: readonly string[], args: readonly string[]): string | undefined {
  const found = programs.find((program) => spawnSync(program, args, { stdio: 'ignore' }).status === 0);
  if (found === undefined && process.env['CI'] === 'true')
    throw new Error(`Missing on this machine: ${programs.join(' or ')} ${args.join(' ')}`);
  return found;
}

/** Undefined where it is not installed: tests that need it are skipped there. */
export const findHaproxy = () => installed(['haproxy', '/usr/sbin/haproxy'], ['-v']);

/** Undefined where it is not installed: tests that need it are skipped there. */
export const findPgbouncer = () => installed(['pgbouncer', '/usr/sbin/pgbouncer'], ['--version']);

/** A Python that has PyJWT and Flask, as Debian's has with `python3-jwt` and `python3-flask`; undefined if none has. */
export const findPython = () =>
  installed(['/usr/bin/python3', 'python3'], ['-c', 'import jwt, flask, cryptography']);

/** Undefined where it is not installed: tests that need it are skipped there. */
export const findRedis = () => installed(['redis-server'], ['--version']);

/** Undefined where it is not installed: tests that need it are skipped there. */
export const findPromtool = () => installed(['promtool'], ['--version']);
