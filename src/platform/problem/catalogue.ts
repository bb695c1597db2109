import { Problem, type ProblemDefinition, type ProblemOptions } from './problem.js';

/** Makes a problem of one kind when called: `throw NotFound()`. */
export interface ProblemFactory {
  (options?: ProblemOptions): Problem;
  readonly definition: ProblemDefinition;
}

const catalogue = new Map<string, ProblemDefinition>();

/**
 * Declares a kind of problem, in the module that raises it.
 *
 * @throws Error at import when the code is malformed, not an error status, or taken: clients switch on the code.
 */
export function defineProblem(definition: ProblemDefinition): ProblemFactory {
  if (!/^[a-z]+(_[a-z]+)*$/.test(definition.code)) {
    throw new Error(`Problem code "${definition.code}" is not snake_case.`);
  }
  if (!Number.isInteger(definition.status) || definition.status < 400 || definition.status > 599) {
    throw new Error(`Problem "${definition.code}" has status ${definition.status}, which is no error.`);
  }
  if (catalogue.has(definition.code)) {
    throw new Error(`Problem "${definition.code}" is defined twice. Import the first definition instead.`);
  }
  const frozen = Object.freeze({ ...definition });
  catalogue.set(frozen.code, frozen);
  return Object.assign((options?: ProblemOptions) => new Problem(frozen, options), { definition: frozen });
}

/** Every kind of problem that the loaded modules declare, by code. */
export function problemCatalogue(): ProblemDefinition[] {
  return [...catalogue.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
