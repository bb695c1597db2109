import type { OpenAPIObject } from '@nestjs/swagger';
import { ServiceUnavailable } from '../../platform/http/index.js';
import { problemsDeclaredOn, type ProblemDefinition } from '../../platform/problem/index.js';
import {
  Forbidden,
  InvalidToken,
  StepUpRequired,
  TokenExpired,
  TokenRevoked,
  Unauthenticated,
} from '../access.problems.js';
import type { AccessRule, Credential } from '../access-rule.js';
import type { CatalogueEntry } from './access-catalogue.js';

export const BEARER_SCHEME = 'bearer';
const CLIENT_SCHEME = 'client';

const SECURITY: Record<Credential, Record<string, string[]>[]> = {
  public: [],
  optional: [{ [BEARER_SCHEME]: [] }, {}],
  bearer: [{ [BEARER_SCHEME]: [] }],
  client: [{ [CLIENT_SCHEME]: [] }],
};
/** A client is refused in the form of RFC 6749 §5.2, which the module that authenticates clients describes. */
const REFUSALS: Record<Credential, readonly ProblemDefinition[]> = {
  public: [],
  // Who is authenticated is not known where a node has not heard for too long what others revoked.
  optional: [ServiceUnavailable.definition],
  bearer: [Unauthenticated, InvalidToken, TokenExpired, TokenRevoked, ServiceUnavailable].map(
    ({ definition }) => definition,
  ),
  client: [],
};

/** The problems with which a route may answer, as its access rule and its own declarations say. */
export function problemsOf({ rule, route }: CatalogueEntry): readonly ProblemDefinition[] {
  return [
    ...REFUSALS[rule.credential],
    ...refusalsOf(rule),
    ...(route ? problemsDeclaredOn(route.handler) : []),
  ];
}

function refusalsOf({ requirements }: AccessRule): ProblemDefinition[] {
  if (!requirements) return [];
  const { roles, permissions, stepUp, policies } = requirements;
  return [
    ...(stepUp ? [StepUpRequired.definition] : []),
    ...(roles.length + permissions.length + policies.length > 0 ? [Forbidden.definition] : []),
  ];
}

/**
 * Paints `security` and `x-access` on every operation, from the catalogue. It replaces what stands there:
 * `@nestjs/swagger` merges a class's security into its methods, and a method cannot take it off.
 */
export function paintAccess(document: OpenAPIObject, entries: readonly CatalogueEntry[]): void {
  for (const { entry, operation } of operationsOf(document, entries)) {
    operation.security = SECURITY[entry.rule.credential];
    operation['x-access'] = asksOf(entry.rule);
    if (entry.rule.credential === 'client') addClientScheme(document);
  }
}

/** One entry for programs: a route, and what `x-access` says of it. */
export function describeEntry({ method, path, rule, route }: CatalogueEntry): object {
  return { method, path, ...asksOf(rule), ...(route ? {} : { unguarded: true }) };
}

/** What a route asks, for programs: each part only where the route asks for it. */
function asksOf({ credential, requirements }: AccessRule): object {
  if (!requirements) return { credential };
  const { roles, permissions, stepUp, policies } = requirements;
  return {
    credential,
    ...(roles.length > 0 && { roles }),
    ...(permissions.length > 0 && { permissions }),
    ...(stepUp && {
      step_up: {
        ...(stepUp.maxAge !== undefined && { max_age: stepUp.maxAge }),
        ...(stepUp.acr && { acr: stepUp.acr }),
      },
    }),
    ...(policies.length > 0 && { policies: policies.map(({ name }) => name) }),
  };
}

/** RFC 6749 §2.3.1; it stands in the document only where a route asks for it. */
function addClientScheme(document: OpenAPIObject): void {
  const schemes = ((document.components ??= {}).securitySchemes ??= {});
  schemes[CLIENT_SCHEME] = {
    type: 'http',
    scheme: 'basic',
    description: 'The id and the secret of a registered client.',
  };
}

type Operation = Record<string, unknown> & { security?: Record<string, string[]>[] };

/** The document's operations, each with its entry in the catalogue. */
export function operationsOf(
  document: OpenAPIObject,
  entries: readonly CatalogueEntry[],
): { entry: CatalogueEntry; method: string; operation: Operation }[] {
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
      .map((described) => ({ entry, ...described }));
  });
}
