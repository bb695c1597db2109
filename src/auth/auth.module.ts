import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Authenticator } from '../access/index.js';
import { PasswordsModule } from '../passwords/index.js';
import { Metrics } from '../platform/metrics/index.js';
import { SessionsModule } from '../sessions/index.js';
import { TokensModule, TokenVerifier } from '../tokens/index.js';
import { UsersModule } from '../users/index.js';
import { AuthGate } from './auth-gate.js';
import { AuthLimits } from './auth-limits.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { EarlyRefusals } from './early-refusals.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KnownClients } from './known-clients.js';
import { LoginAttempts } from './login-attempts.js';
import { MetadataController } from './metadata.controller.js';
import { OwnPasswordController } from './own-password.controller.js';
import { OwnPasswordGate } from './own-password-gate.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { PasswordChangesService } from './password-changes.service.js';
import { PasswordReplacements } from './password-replacements.js';
import { PasswordResetsService } from './password-resets.service.js';
import { ReauthenticationsService } from './reauthentications.service.js';
import { RefreshesService } from './refreshes.service.js';
import { RefreshTokenCarrier } from './refresh-token-carrier.js';
import { RegistrationsService } from './registrations.service.js';
import { SignIns } from './sign-ins.js';
import { SignOutsService } from './sign-outs.service.js';
import { TokenSets } from './token-sets.js';
import { UsersCreateCommand } from './users-create.command.js';
import { UsersSetPasswordCommand } from './users-set-password.command.js';

/** Global, for the access guard of the whole app asks its `Authenticator`, and `oauth` its `TokenVerifier`. */
@Global()
@Module({
  imports: [PassportModule, UsersModule, PasswordsModule, SessionsModule, TokensModule],
  controllers: [AuthController, OwnPasswordController, OwnSessionsController, MetadataController],
  providers: [
    AuthService,
    AuthGate,
    AuthLimits,
    EarlyRefusals,
    KnownClients,
    LoginAttempts,
    OwnPasswordGate,
    OwnSessionsService,
    ReauthenticationsService,
    RefreshesService,
    RefreshTokenCarrier,
    JwtStrategy,
    PasswordChangesService,
    PasswordReplacements,
    PasswordResetsService,
    RegistrationsService,
    SignIns,
    SignOutsService,
    TokenSets,
    UsersCreateCommand,
    UsersSetPasswordCommand,
    JwtAuthenticator,
    { provide: Authenticator, useExisting: JwtAuthenticator },
    { provide: TokenVerifier, useExisting: JwtAuthenticator },
  ],
  exports: [Authenticator, TokenVerifier],
})
export class AuthModule {
  constructor(metrics: Metrics, gate: AuthGate, refreshes: RefreshesService) {
    const counts = {
      sumun_logins_total: ['Tries to sign in, by how they ended.', gate.logins],
      sumun_registrations_total: ['Tries to register, by how they ended.', gate.registered],
      sumun_refreshes_total: [
        'Refresh tokens that were presented; reused: one that was used before, which ended its session.',
        refreshes.outcomes,
      ],
    } as const;
    for (const [name, [help, tally]] of Object.entries(counts))
      metrics.counters(name, help, 'outcome', () => tally.all);
  }
}
