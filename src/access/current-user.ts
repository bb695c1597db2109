import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import type { Problem } from '../platform/problem/index.js';
import type { Credential } from './access-rule.js';
import type { AuthenticatedClient } from './client-authenticator.js';
import type { Principal } from './principal.js';

const readUser = (_: unknown, context: ExecutionContext): Principal | null =>
  context.switchToHttp().getRequest<FastifyRequest>().user;

const readRefusal = (_: unknown, context: ExecutionContext): Problem | null =>
  context.switchToHttp().getRequest<FastifyRequest>().refusal;

const readClient = (_: unknown, context: ExecutionContext): AuthenticatedClient | null =>
  context.switchToHttp().getRequest<FastifyRequest>().client;

/**
 * The caller: a {@link Principal} on routes that need a token, `Principal | null` on `@AuthOptional()` ones.
 * On a public route, or a client's, there is none to be had: the app does not start.
 */
export const CurrentUser = createParamDecorator(readUser);

/**
 * On `@AuthOptional()` routes: why the token presented was refused, or null. On any other route nothing
 * could be read: the app does not start.
 */
export const Refusal = createParamDecorator(readRefusal);

/** On `@ClientRequired()` routes: the client that is calling. On any other there is none: the app does not start. */
export const CurrentClient = createParamDecorator(readClient);

/** What a handler takes as parameters although its credential gives no such thing. */
export function misreadBy(controller: object, methodName: string, credential: Credential): string[] {
  const read = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, methodName) ?? {}) as object;
  const factories = Object.values(read).map(({ factory }: { factory?: unknown }) => factory);
  const asks = (decorator: string, factory: unknown, ...given: Credential[]) =>
    factories.includes(factory) && !given.includes(credential)
      ? [`@${decorator}() finds nothing to read where the credential is ${credential}`]
      : [];
  return [
    ...asks('CurrentUser', readUser, 'bearer', 'optional'),
    ...asks('Refusal', readRefusal, 'optional'),
    ...asks('CurrentClient', readClient, 'client'),
  ];
}
