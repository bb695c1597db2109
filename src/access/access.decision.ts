import { Injectable, Optional, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '../platform/clock/index.js';
import type { AccessPolicy } from './access-policy.js';
import { AdoptedPolicies } from './adopted-policies.js';
import { Forbidden, InsufficientScope, STEP_UP_CHALLENGE, StepUpRequired } from './access.problems.js';
import type { Requirements } from './access-rule.js';
import { Grants } from './grants.js';
import type { Principal } from './principal.js';
import { rankOf, type StepUpDemand } from './step-up.js';

/**
 * Measures a caller, whose token is genuine, by what a route asks: roles, permissions, step-up, policies.
 * In this order, so that nobody is asked to sign in again for what is refused all the same, and a policy
 * meets only callers whom nothing else keeps out.
 */
@Injectable()
export class AccessDecision {
  constructor(
    private readonly policies: AdoptedPolicies,
    private readonly clock: Clock,
    @Optional() private readonly grants?: Grants,
  ) {}

  /** Answers synchronously where every policy does. @throws `forbidden`, `step_up_required` */
  decide(asked: Requirements, caller: Principal, request: FastifyRequest): true | Promise<true> {
    requireRoles(asked.roles, caller);
    this.requirePermissions(asked.permissions, caller);
    if (asked.stepUp) requireStepUp(asked.stepUp, caller, this.clock.seconds());
    return this.ask(asked.policies, caller, request);
  }

  /** A permission counts when the token names it and one of the caller's roles grants it still. */
  private requirePermissions(permissions: readonly string[], { permissions: scope, roles }: Principal): void {
    for (const permission of permissions) {
      if (!scope.has(permission)) throw InsufficientScope(permissions);
      if (this.grants?.grants(roles, permission) !== true) throw InsufficientScope(permissions);
    }
  }

  private ask(
    policies: readonly Type<AccessPolicy>[],
    caller: Principal,
    request: FastifyRequest,
    from = 0,
  ): true | Promise<true> {
    for (let at = from; at < policies.length; at++) {
      const verdict = this.policies.of(policies[at]!).allows(caller, request);
      if (verdict instanceof Promise) {
        return verdict.then((late) => {
          requireTrue(late);
          return this.ask(policies, caller, request, at + 1);
        });
      }
      requireTrue(verdict);
    }
    return true;
  }
}

function requireRoles(sets: Requirements['roles'], { roles }: Principal): void {
  for (const anyOf of sets) {
    if (!anyOf.some((role) => roles.includes(role))) throw Forbidden();
  }
}

/** RFC 9470 §3; a time or a level that is none meets nothing. */
function requireStepUp(demand: StepUpDemand, { authTime, acr }: Principal, now: number): void {
  const { maxAge } = demand;
  if (maxAge !== undefined && !(now - authTime <= maxAge)) throw stepUp(demand);
  if (rankOf(acr) < rankOf(demand.acr)) throw stepUp(demand);
}

/** Truthy is not enough: a policy that returns what it found, or forgets to wait, lets nobody through. */
function requireTrue(verdict: unknown): void {
  if (verdict !== true) throw Forbidden();
}

/** RFC 9470 §3: all that the route asks, for one new sign-in must meet it. */
function stepUp({ maxAge, acr }: StepUpDemand): Error {
  const parts = [
    STEP_UP_CHALLENGE,
    ...(maxAge === undefined ? [] : [`max_age="${maxAge}"`]),
    ...(acr === undefined ? [] : [`acr_values="${acr}"`]),
  ];
  return StepUpRequired({ headers: { 'WWW-Authenticate': parts.join(', ') } });
}
