import type { OpenAPIObject } from '@nestjs/swagger';
import { problemsDeclaredOn, type ProblemDefinition } from '../../platform/problem/index.js';
import { InvalidToken, TokenExpired, TokenRevoked, Unauthenticated } from '../access.problems.js';
import type { Credential } from '../access-rule.js';
import type { CatalogueEntry } from './access-catalogue.js';

export const BEARER_SCHEME = 'bearer';

const SECURITY: Record<Credential, Record<string, string[]>[]> = {
  public: [],
  optional: [{ [BEARER_SCHEME]: [] }, {}],
  bearer: [{ [BEARER_SCHEME]: [] }],
};
const REFUSALS: Record<Credential, readonly ProblemDefinition[]> = {
  public: [],
  optional: [],
  bearer: [Unauthenticated, InvalidToken, TokenExpired, TokenRevoked].map(({ definition }) => definition),
};

/** The problems with which a route may answer, as its access rule and its own declarations say. */
export function problemsOf({ rule, route }: CatalogueEntry): readonly ProblemDefinition[] {
  return [...REFUSALS[rule.credential], ...(route ? problemsDeclaredOn(route.handler) : [])];
}

/**
 * Paints `security` and `x-access` on every operation, from the catalogue. It replaces what stands there:
 * `@nestjs/swagger` merges a class's security into its methods, and a method cannot take it off.
 */
export function paintAccess(document: OpenAPIObject, entries: readonly CatalogueEntry[]): void {
  for (const { entry, operation } of operationsOf(document, entries)) {
    operation.security = SECURITY[entry.rule.credential];
    operation['x-access'] = { credential: entry.rule.credential };
  }
}

type Operation = Record<string, unknown> & { security?: Record<string, string[]>[] };

/** The document's operations, each with its entry in the catalogue. */
export function operationsOf(
  document: OpenAPIObject,
  entries: readonly CatalogueEntry[],
): { entry: CatalogueEntry; operation: Operation }[] {
  const known = new Set(entries.map(({ method, path }) => `${method} ${path}`));
  return entries.flatMap((entry) => {
    const path = document.paths[entry.path.replace(/:(\w+)/g, '{$1}')] as
      Record<string, Operation> | undefined;
    return Object.entries(path ?? {})
      .map(([method, operation]) => ({ method: method.toUpperCase(), operation }))
      .filter(
        ({ method }) =>
          method === entry.method || (entry.method === 'ALL' && !known.has(`${method} ${entry.path}`)),
      )
      .map(({ operation }) => ({ entry, operation }));
  });
}
