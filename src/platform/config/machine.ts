import { availableParallelism, totalmem } from 'node:os';

/** What a process may use of the machine that it runs on. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/**
 * Of a container its own: memory by its cgroup, where that has a limit; cores by its quota from libuv 1.49 on (Node 22.12),
 * before by what the scheduler allows.
 */
export function thisMachine(constrained = process.constrainedMemory()): Machine {
  // 0, or more than there is, where nothing constrains it.
  return { cores: availableParallelism(), memoryBytes: Math.min(constrained || Infinity, totalmem()) };
}
