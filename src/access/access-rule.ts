import type { Type } from '@nestjs/common';
import type { AccessPolicy } from './access-policy.js';
import { strictest, type StepUpDemand } from './step-up.js';

/**
 * What a caller must present before a route lets it through.
 *
 * - `public`: nothing.
 * - `optional`: nothing, or a genuine access token; a refused token leaves the caller anonymous and its
 *   refusal readable.
 * - `bearer`: a genuine access token.
 * - `client`: the credentials of a registered client; there is no user.
 */
export type Credential = 'public' | 'optional' | 'bearer' | 'client';

/** What one decorator says. A level (class or handler) is the list of its decorators' declarations. */
export interface AccessDeclaration {
  readonly decorator: string;
  readonly credential: Credential;
  /** The caller has one of them at least. */
  readonly roles?: readonly string[];
  /** The caller has all of them. */
  readonly permissions?: readonly string[];
  readonly stepUp?: StepUpDemand;
  readonly policy?: Type<AccessPolicy>;
  /** Why no caller could ever meet it. */
  readonly unmeetable?: string;
}

/** What is asked of a caller who has presented its token. */
export interface Requirements {
  /** One role at least of each set. */
  readonly roles: readonly (readonly string[])[];
  /** All of them. */
  readonly permissions: readonly string[];
  readonly stepUp?: StepUpDemand;
  /** All of them allow, asked in this order. */
  readonly policies: readonly Type<AccessPolicy>[];
}

/** What the guard enforces on one route, and what document, lock and listing show of it. */
export interface AccessRule {
  readonly credential: Credential;
  /** Absent where the credential is enough: such a route pays for no further look. */
  readonly requirements?: Requirements;
}

export type RuleResolution =
  | { readonly rule: AccessRule; readonly contradictions: readonly string[] }
  | { readonly rule: undefined; readonly contradictions: readonly string[] };

type Level = readonly AccessDeclaration[];

/** By how much is asked; a client is another kind of caller, neither more nor less than a user. */
const STRICTNESS: Record<Credential, number> = { public: 0, optional: 1, bearer: 2, client: 2 };

/**
 * Combines what the levels of a route declare, outermost first (inherited class, class, handler), by AND:
 * an inner level may narrow what an outer one asks, never widen it, except by `@Public()` on the handler,
 * which drops everything that the outer levels ask.
 */
export function combine(levels: readonly Level[]): RuleResolution {
  const contradictions = levels.flatMap(unmeetableOn);
  let credential: Credential | undefined;
  let asked: AccessDeclaration[] = [];
  levels.forEach((level, depth) => {
    const own = credentialOf(level, contradictions);
    if (own === undefined) return;
    const opens = own === 'public' && depth === levels.length - 1;
    const contradiction = opens ? undefined : contradictionOf(credential, own, level);
    if (contradiction !== undefined) contradictions.push(contradiction);
    else credential = own;
    asked = opens ? [] : [...asked, ...level];
  });
  if (credential === undefined) return { rule: undefined, contradictions };
  const requirements = requirementsOf(asked);
  return { rule: { credential, ...(requirements && { requirements }) }, contradictions };
}

function contradictionOf(outer: Credential | undefined, own: Credential, level: Level): string | undefined {
  if (outer === undefined || outer === own) return undefined;
  if (STRICTNESS[own] < STRICTNESS[outer]) {
    return `${namesOf(level)} would widen what an outer level asks (${outer})`;
  }
  const clash = outer !== 'public' && (outer === 'client' || own === 'client');
  return clash ? `${namesOf(level)} and what an outer level asks (${outer}) exclude each other` : undefined;
}

function credentialOf(level: Level, contradictions: string[]): Credential | undefined {
  const distinct = new Set(level.map((declaration) => declaration.credential));
  if (distinct.size > 1) {
    contradictions.push(`${namesOf(level)} stand on the same level and contradict each other`);
  }
  return level[0]?.credential;
}

function unmeetableOn(level: Level): string[] {
  return level.flatMap(({ decorator, unmeetable }) => (unmeetable ? [`@${decorator}() ${unmeetable}`] : []));
}

function requirementsOf(asked: Level): Requirements | undefined {
  const roles = unique(asked.flatMap((one) => (one.roles ? [[...new Set(one.roles)].sort()] : [])));
  const permissions = [...new Set(asked.flatMap((one) => one.permissions ?? []))].sort();
  const stepUps = asked.flatMap((one) => one.stepUp ?? []);
  const policies = [...new Set(asked.flatMap((one) => one.policy ?? []))];
  if (roles.length + permissions.length + stepUps.length + policies.length === 0) return undefined;
  return { roles, permissions, policies, ...(stepUps.length > 0 && { stepUp: stepUps.reduce(strictest) }) };
}

/** Each set once, in an order that does not depend on which level names it. */
function unique(sets: string[][]): string[][] {
  return [...new Map(sets.map((set) => [set.join(), set])).entries()].sort(byKey).map(([, set]) => set);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function namesOf(level: Level): string {
  return [...new Set(level.map(({ decorator }) => `@${decorator}()`))].join(' and ');
}
