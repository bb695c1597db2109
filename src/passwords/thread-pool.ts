/** Left to files and name look-ups, which use the same threads. */
const THREADS_FOR_OTHERS = 2;
/** Left to the event loop. */
const CORES_FOR_OTHERS = 1;

/** How many hashes run at once: more would only take the processor from each other and from all else. */
export function hashConcurrency(cores: number, threads: number): number {
  return Math.max(1, Math.min(cores - CORES_FOR_OTHERS, threads - THREADS_FOR_OTHERS));
}

/** The least number of threads with which every core but one can hash. */
export function threadsWanted(cores: number): number {
  return Math.max(1, cores - CORES_FOR_OTHERS) + THREADS_FOR_OTHERS;
}
