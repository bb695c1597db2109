import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Problem } from '../platform/problem/index.js';
import type { Principal } from './principal.js';

/**
 * The caller: a {@link Principal} on `@AuthRequired()` routes, `Principal | null` on `@AuthOptional()` ones.
 */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | null =>
    context.switchToHttp().getRequest<FastifyRequest>().user,
);

/** On `@AuthOptional()` routes: why the token presented was refused, or null. */
export const Refusal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Problem | null =>
    context.switchToHttp().getRequest<FastifyRequest>().refusal,
);
