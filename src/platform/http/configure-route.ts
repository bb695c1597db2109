import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

const configured = new WeakMap<object, FastifyContextConfig>();

/** As `@RouteConfig`, and keeps what another decorator of the same handler has said. */
export function ConfigureRoute(config: FastifyContextConfig): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const all = { ...configured.get(handler), ...config };
    configured.set(handler, all);
    RouteConfig(all)(target, key, descriptor);
  };
}
