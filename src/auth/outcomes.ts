import type { Tally } from '../platform/metrics/index.js';
import { Problem } from '../platform/problem/index.js';

/** How a try at something may end, beside its own ways. */
export const OUTCOMES = ['succeeded', 'rate_limited', 'service_overloaded', 'failed'] as const;

type Outcome = (typeof OUTCOMES)[number];

/** Counts how the try ends: a refusal by its code where that is one of the tally's words, else as failed. */
export async function counted<T, Word extends string>(
  tally: Tally<Word | Outcome>,
  attempt: Promise<T>,
): Promise<T> {
  try {
    const result = await attempt;
    tally.add('succeeded');
    return result;
  } catch (error) {
    const code = error instanceof Problem ? error.definition.code : '';
    tally.add(tally.has(code) ? code : 'failed');
    throw error;
  }
}
