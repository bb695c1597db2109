import { Module, type DynamicModule, type NestModule, type OnApplicationBootstrap } from '@nestjs/common';
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
export class AccessModule implements NestModule, OnApplicationBootstrap {
  private readonly served: { method: string; path: string }[] = [];

  constructor(
    private readonly catalogue: AccessCatalogue,
    private readonly host: HttpAdapterHost,
  ) {}

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

  /** The one moment that Nest gives a module before it registers the routes: from here on they are noted. */
  configure(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest('user', null);
    fastify.decorateRequest('refusal', null);
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) this.served.push({ method: one, path: url });
    });
  }

  onApplicationBootstrap(): void {
    this.catalogue.resolve();
    this.catalogue.compareWithServed(this.served);
  }
}
