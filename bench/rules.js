// What it costs to resolve the access rules of 1,000 routes, and proof that a guarded request looks up no metadata.
import { performance } from 'node:perf_hooks';
import 'reflect-metadata';
import { Controller, Delete, Get, Global, Module, Patch, Post, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  accessCatalogue,
  AccessModule,
  Authenticator,
  AuthRequired,
  definePermissions,
  Grants,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
} from '../dist/access/index.js';
import { countLookups } from './reflection.js';
import { spread } from './statistics.js';

const CONTROLLERS = 100;
const ROUNDS = 20;
const REQUESTS = 1000;
/** The bound, in milliseconds. */
const MOST = 3000;

definePermissions('bench:read', 'bench:write');
class Allows {
  allows() {
    return true;
  }
}

/** The ten routes of each controller, from plain ones to those that ask for everything. */
const HANDLERS = [
  [Get()],
  [Get(':id')],
  [Get('sample'), Public()],
  [Post(), RequirePermissions('bench:write')],
  [Put(':id'), RequirePermissions('bench:write')],
  [Patch(':id'), Roles('admin', 'staff')],
  [Delete(':id'), Roles('admin'), StepUp({ maxAge: '5m' })],
  [Post(':id/publish'), Policy(Allows)],
  [Post(':id/hide'), Policy(Allows), RequirePermissions('bench:read')],
  [Delete(':id/all'), Roles('admin'), RequirePermissions('bench:write'), StepUp({ maxAge: '5m' }), Policy(Allows)], // prettier-ignore
];

function controller(nth) {
  class Parent {}
  class Bench extends Parent {}
  HANDLERS.forEach((decorators, at) => {
    const name = `handler${at}`;
    Object.defineProperty(Bench.prototype, name, { value: () => 'x', configurable: true });
    const handler = Object.getOwnPropertyDescriptor(Bench.prototype, name);
    for (const decorate of decorators) decorate(Bench.prototype, name, handler);
  });
  AuthRequired()(Parent);
  Roles('admin', 'staff', 'user')(Bench);
  Controller(`resource-${nth}`)(Bench);
  return Bench;
}

const CALLER = {
  userId: 'u',
  roles: ['admin'],
  permissions: new Set(['bench:read', 'bench:write']),
  authTime: Infinity,
  acr: 'aal1',
};

class Bound {}
Module({
  providers: [
    { provide: Authenticator, useValue: { authenticate: () => CALLER } },
    { provide: Grants, useValue: { grants: () => true } },
    Allows,
  ],
  exports: [Authenticator, Grants],
})(Bound);
Global()(Bound);

class Root {}
const controllers = Array.from({ length: CONTROLLERS }, (_, nth) => controller(nth));
Module({ imports: [Bound, AccessModule.forRoot()], controllers })(Root);

const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false, abortOnError: false });
await app.init();
const { length: routes } = app.get(accessCatalogue.AccessCatalogue).entries;

const times = Array.from({ length: ROUNDS }, () => {
  const begin = performance.now();
  app.get(AccessModule).onApplicationBootstrap();
  return performance.now() - begin;
});

const statuses = new Set();
const lookups = await countLookups(async () => {
  for (let nth = 0; nth < REQUESTS; nth++) {
    const url = `/resource-${nth % CONTROLLERS}/1/all`;
    statuses.add((await app.inject({ method: 'DELETE', url })).statusCode);
  }
});
const control = await countLookups(() => app.get(AccessModule).onApplicationBootstrap());
await app.close();

const worst = Math.max(...times);
console.log(`access rules of ${routes} routes: ${spread(times, 1)} ms, at most ${worst.toFixed(1)} ms`);
console.log(`metadata look-ups: ${control} to resolve them, ${lookups} in ${REQUESTS} guarded requests`);
const reached = statuses.size === 1 && statuses.has(200);
if (routes < 1000 || worst > MOST || lookups > 0 || control === 0 || !reached) {
  console.error(`That is not as promised (at most ${MOST} ms and no look-up; answers: ${[...statuses]}).`);
  process.exitCode = 1;
}
