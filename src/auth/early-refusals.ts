import { Injectable } from '@nestjs/common';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { PasswordsService, ServiceOverloaded } from '../passwords/index.js';
import { clientAddress } from '../platform/limits/index.js';
import type { Problem } from '../platform/problem/index.js';
import { AuthGate } from './auth-gate.js';
import { AuthLimits } from './auth-limits.js';
import type { HashedFor } from './hashes-password.decorator.js';
import { LoginAttempts } from './login-attempts.js';

/**
 * Refuses at its head a request that would be refused whatever its body says, because of its address: under a flood,
 * reading, parsing and validating a body costs more than all else. What depends on the body `AuthGate` decides.
 */
@Injectable()
export class EarlyRefusals {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly attempts: LoginAttempts,
    private readonly limits: AuthLimits,
    private readonly gate: AuthGate,
  ) {}

  /** Call it before the routes are made, and after what every answer goes out with. */
  install(server: FastifyInstance): void {
    server.addHook('onRoute', (route) => {
      const asks = route.config?.hashesPassword;
      if (asks !== undefined) route.onRequest = [...[route.onRequest ?? []].flat(), this.hook(asks)];
    });
  }

  private hook(asks: HashedFor): onRequestHookHandler {
    const tally = asks === 'login' ? this.gate.logins : this.gate.registered;
    return (request, reply, done) => {
      const refusal = this.refusal(asks, clientAddress(request.ip));
      if (refusal === undefined) return done();
      tally.add(refusal.definition === ServiceOverloaded.definition ? 'service_overloaded' : 'rate_limited');
      // By then the parser has read on: a body that came with the head is there, and nobody needs to wait for it.
      process.nextTick(() => {
        // Outside of the framework's own hands: nothing that goes wrong in here may end the process.
        try {
          request.server.refuse(refusal, request, reply);
        } catch (error) {
          done(error as Error);
        }
      });
    };
  }

  private refusal(asks: HashedFor, address: string): Problem | undefined {
    const limited =
      asks === 'login' ? this.limits.refusalOfLogins(address) : this.limits.refusalOfRegistrations(address);
    if (limited !== undefined) return limited;
    return this.passwords.hasPlace(this.attempts.askerAt(address)) ? undefined : this.passwords.refuse();
  }
}
