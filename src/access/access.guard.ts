import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/problem/index.js';
import { Forbidden } from './access.problems.js';
import { Authenticator } from './authenticator.js';
import { AccessCatalogue } from './catalogue/index.js';
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
        return this.require(context);
      case 'optional':
        return this.accept(context);
    }
  }

  private require(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = this.authenticator.authenticate(context);
    return caller instanceof Promise
      ? caller.then((principal) => enter(request, principal))
      : enter(request, caller);
  }

  private async accept(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      enter(request, await this.authenticator.authenticate(context));
    } catch (refusal) {
      // Only a refused credential leaves the caller anonymous: what is out of order is nobody's refusal.
      if (!(refusal instanceof Problem && refusal.definition.status === 401)) throw refusal;
      request.user = null;
      request.refusal = refusal;
    }
    return true;
  }
}

function enter(request: FastifyRequest, principal: Principal): true {
  request.user = principal;
  return true;
}
