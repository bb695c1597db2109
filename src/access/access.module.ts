import { Module, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AccessGuard } from './access.guard.js';
import { ACCESS_DECLARED, AccessCatalogue, type AccessDeclared } from './catalogue/index.js';

/**
 * Closes every route of the app by default and opens each as far as it declares. Needs an `Authenticator`
 * from a global module.
 *
 * The start fails with an `AccessDeclarationError` where a route declares nothing, contradicts itself, or
 * is served without being known.
 */
@Module({})
export class AccessModule implements OnApplicationBootstrap {
  private readonly served: { method: string; path: string }[] = [];
  private resolved = false;

  constructor(
    private readonly catalogue: AccessCatalogue,
    host: HttpAdapterHost,
  ) {
    // As soon as there is a server: plugins bring routes before Nest registers its own.
    host.init$.subscribe(() => this.watch(host.httpAdapter.getInstance<FastifyInstance>()));
  }

  /** @param options.declare what cannot be decorated, by class, or by method and path. */
  static forRoot(options: { declare?: readonly AccessDeclared[] } = {}): DynamicModule {
    return {
      module: AccessModule,
      providers: [
        AccessCatalogue,
        { provide: ACCESS_DECLARED, useValue: options.declare ?? [] },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
      exports: [AccessCatalogue],
    };
  }

  onApplicationBootstrap(): void {
    this.catalogue.resolve();
    this.catalogue.compareWithServed(this.served);
    this.resolved = true;
  }

  private watch(fastify: FastifyInstance): void {
    fastify.decorateRequest('user', null);
    fastify.decorateRequest('refusal', null);
    fastify.addHook('onRoute', ({ method, url }) => {
      const routes = [method].flat().map((one) => ({ method: one, path: url }));
      // A plugin that loads late, or a line after `init()`, opens no unknown route either.
      if (this.resolved) this.catalogue.compareWithServed(routes);
      else this.served.push(...routes);
    });
  }
}
