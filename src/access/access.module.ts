import { Module, Optional, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ClockModule } from '../platform/clock/index.js';
import { AccessDecision } from './access.decision.js';
import { AdoptedPolicies } from './adopted-policies.js';
import { AccessGuard } from './access.guard.js';
import {
  ACCESS_DECLARED,
  AccessCatalogue,
  type AccessDeclared,
  type ServedRoute,
} from './catalogue/index.js';
import type { AccessRule } from './access-rule.js';
import { ClientAuthenticator } from './client-authenticator.js';

/**
 * Closes every route of the app by default and opens each as far as it declares. Needs an `Authenticator`
 * from a global module, `Grants` for permissions to count, and a `ClientAuthenticator` for `@ClientRequired()`.
 *
 * The start fails with an `AccessDeclarationError` where a route declares nothing, contradicts itself, is
 * served without being known, or is declared by path and not served.
 */
@Module({})
export class AccessModule implements OnApplicationBootstrap {
  private readonly served: ServedRoute[] = [];
  private resolved = false;

  constructor(
    private readonly catalogue: AccessCatalogue,
    private readonly policies: AdoptedPolicies,
    host: HttpAdapterHost,
    @Optional() private readonly clients?: ClientAuthenticator,
  ) {
    // As soon as there is a server: plugins bring routes before Nest registers its own.
    host.init$.subscribe(() => this.watch(host.httpAdapter.getInstance<FastifyInstance>()));
  }

  /** @param options.declare what cannot be decorated, by class, or by method and path. */
  static forRoot(options: { declare?: readonly AccessDeclared[] } = {}): DynamicModule {
    return {
      module: AccessModule,
      imports: [ClockModule],
      providers: [
        AccessCatalogue,
        AccessDecision,
        AdoptedPolicies,
        { provide: ACCESS_DECLARED, useValue: options.declare ?? [] },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
      exports: [AccessCatalogue],
    };
  }

  onApplicationBootstrap(): void {
    this.catalogue.resolve((rule) => this.unenforceable(rule));
    this.catalogue.compareWithServed(this.served);
    this.resolved = true;
  }

  private unenforceable({ credential, requirements }: AccessRule): string[] {
    return [
      ...(credential === 'client' && !this.clients ? ['no module binds ClientAuthenticator'] : []),
      ...(requirements?.policies ?? []).flatMap((policy) => this.policies.adopt(policy) ?? []),
    ];
  }

  private watch(fastify: FastifyInstance): void {
    fastify.decorateRequest('user', null);
    fastify.decorateRequest('refusal', null);
    fastify.decorateRequest('client', null);
    fastify.addHook('onRoute', ({ method, url }) => {
      const routes = [method].flat().map((one) => ({ method: one, path: url }));
      // A plugin that loads late, or a line after `init()`, opens no unknown route either.
      if (this.resolved) this.catalogue.refuseUnknown(routes);
      else this.served.push(...routes);
    });
  }
}
