// The recipe "Passport (authentication)" of NestJS's documentation on the Express adapter, as its JavaScript form has it.
// What signs the token is the caller's: a secret, as in the recipe, or a key pair.
import 'reflect-metadata';
import { Bind, Controller, Get, Injectable, Module, Request, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';

/** As a compiler would write decorators down. */
function decorate(target, ...decorators) {
  for (const each of decorators.reverse()) each(target);
  return target;
}

function strategyWith(secretOrKey) {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        ignoreExpiration: false,
        secretOrKey,
      });
    }

    async validate(payload) {
      return { userId: payload.sub, roles: payload.roles };
    }
  }
  return decorate(JwtStrategy, Injectable());
}

class JwtAuthGuard extends AuthGuard('jwt') {}
decorate(JwtAuthGuard, Injectable());

class AppController {
  getProtected(request) {
    return { message: 'You have reached the protected endpoint.', user: request.user };
  }
}
const method = Object.getOwnPropertyDescriptor(AppController.prototype, 'getProtected');
for (const each of [Bind(Request()), Get('protected'), UseGuards(JwtAuthGuard)])
  each(AppController.prototype, 'getProtected', method);
decorate(AppController, Controller());

export async function startWith(secretOrKey) {
  class AppModule {}
  const providers = [strategyWith(secretOrKey)];
  decorate(AppModule, Module({ imports: [PassportModule], controllers: [AppController], providers }));
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { port: app.getHttpServer().address().port };
}
