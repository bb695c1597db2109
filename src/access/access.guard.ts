import { Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/problem/index.js';
import { AccessDecision } from './access.decision.js';
import { Forbidden } from './access.problems.js';
import type { Requirements } from './access-rule.js';
import { Authenticator } from './authenticator.js';
import { AccessCatalogue } from './catalogue/index.js';
import { ClientAuthenticator } from './client-authenticator.js';
import type { Principal } from './principal.js';

/**
 * Stands in front of every handler of the app and compares who is calling with what the route declares.
 * What it does not know it refuses. It answers synchronously where the token is known already.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly catalogue: AccessCatalogue,
    private readonly authenticator: Authenticator,
    private readonly decision: AccessDecision,
    @Optional() private readonly clients?: ClientAuthenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // Only the HTTP adapter's requests carry what the rules speak of: a message or a socket is refused.
    if (context.getType() !== 'http') throw Forbidden();
    const rule = this.catalogue.ruleOf(context.getClass(), context.getHandler());
    if (rule === undefined) throw Forbidden();
    switch (rule.credential) {
      case 'public':
        return true;
      case 'bearer':
        return this.require(context, rule.requirements);
      case 'optional':
        return this.accept(context);
      case 'client':
        return this.requireClient(context);
      default:
        throw Forbidden();
    }
  }

  private require(context: ExecutionContext, asked: Requirements | undefined): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = this.authenticator.authenticate(context);
    return caller instanceof Promise
      ? caller.then((principal) => this.enter(request, principal, asked))
      : this.enter(request, caller, asked);
  }

  private enter(
    request: FastifyRequest,
    caller: Principal,
    asked: Requirements | undefined,
  ): true | Promise<true> {
    request.user = caller;
    return asked === undefined ? true : this.decision.decide(asked, caller, request);
  }

  private async accept(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      request.user = await this.authenticator.authenticate(context);
    } catch (refusal) {
      // Only a refused credential leaves the caller anonymous: what is out of order is nobody's refusal.
      if (!(refusal instanceof Problem && refusal.definition.status === 401)) throw refusal;
      request.user = null;
      request.refusal = refusal;
    }
    return true;
  }

  private async requireClient(context: ExecutionContext): Promise<boolean> {
    // Without the port the app had not started.
    const client = await this.clients!.authenticate(context);
    context.switchToHttp().getRequest<FastifyRequest>().client = client;
    return true;
  }
}
