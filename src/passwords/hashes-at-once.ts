import { availableParallelism, totalmem } from 'node:os';
import type { Configuration } from '../platform/config/index.js';

/** Left to the event loop. */
const CORES_FOR_OTHERS = 1;

/** How many passwords are hashed at once: more would only take the processor from each other, or too much memory. */
export function hashesAtOnce(
  configuration: Configuration,
  cores = availableParallelism(),
  container = containerBytes(),
): number {
  if (configuration.passwordThreads !== undefined) return configuration.passwordThreads;
  const memory = configuration.memoryLimitBytes ?? container;
  const fit = memory === undefined ? Infinity : configuration.hashesThatFit(memory);
  return Math.max(1, Math.min(cores - CORES_FOR_OTHERS, fit));
}

/** Where there is no limit, Linux names one that is larger than the machine, and other systems 0. */
function containerBytes(): number | undefined {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < totalmem() ? bytes : undefined;
}
