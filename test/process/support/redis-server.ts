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
  await program.listening(port);
  return program;
}
