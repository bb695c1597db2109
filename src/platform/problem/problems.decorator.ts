import 'reflect-metadata';
import type { ProblemFactory } from './catalogue.js';
import type { ProblemDefinition } from './problem.js';

const PROBLEMS = 'sumun:problems';

/**
 * Names the problems of its own that a handler answers with. Those of its access rule and of its body are
 * known already: the OpenAPI document gathers all of them.
 */
export function Problems(...problems: readonly ProblemFactory[]): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor): void => {
    const definitions = problems.map(({ definition }) => definition);
    Reflect.defineMetadata(PROBLEMS, definitions, descriptor.value as object);
  };
}

/** What `@Problems()` says of a handler. */
export function problemsDeclaredOn(handler: object): readonly ProblemDefinition[] {
  return (Reflect.getMetadata(PROBLEMS, handler) as ProblemDefinition[] | undefined) ?? [];
}
