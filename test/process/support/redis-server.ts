import { connect } from 'node:net';
import { until } from '../../support/until.js';
import { findRedis } from './installed.js';
import type { Program } from './program.js';
import type { Stage } from './stage.js';

/** Undefined where it is missing; on the CI machine that fails. */
const redis = findRedis();

/** Whether a test can start Redis servers of its own. */
export const canStartRedis = redis !== undefined;

/** Starts a Redis server that keeps nothing on disk, and waits until it takes connections. */
export async function startRedis(stage: Stage, port: number, more: readonly string[] = []): Promise<Program> {
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    ...more,
  ];
  const program = stage.program(redis!, settings, { cwd: stage.folder() });
  const taken = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  if (!(await until(() => !program.running || taken())) || !program.running)
    throw new Error(`Redis did not start.\n${program.stdout}${program.stderr}`);
  return program;
}
