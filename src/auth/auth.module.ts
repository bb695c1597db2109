import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Authenticator } from '../access/index.js';
import { PasswordsModule } from '../passwords/index.js';
import { SessionsModule } from '../sessions/index.js';
import { TokensModule } from '../tokens/index.js';
import { UsersModule } from '../users/index.js';
import { AuthGate } from './auth-gate.js';
import { AuthLimits } from './auth-limits.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KnownClients } from './known-clients.js';
import { LoginAttempts } from './login-attempts.js';
import { MetadataController } from './metadata.controller.js';
import { PasswordResetsService } from './password-resets.service.js';
import { ReauthenticationGate } from './reauthentication-gate.js';
import { ReauthenticationsService } from './reauthentications.service.js';
import { RegistrationsService } from './registrations.service.js';
import { TokenSets } from './token-sets.js';
import { UsersCreateCommand } from './users-create.command.js';
import { UsersSetPasswordCommand } from './users-set-password.command.js';

/** Global, for the access guard of the whole app asks its `Authenticator`. */
@Global()
@Module({
  imports: [PassportModule, UsersModule, PasswordsModule, SessionsModule, TokensModule],
  controllers: [AuthController, MetadataController],
  providers: [
    AuthService,
    AuthGate,
    AuthLimits,
    KnownClients,
    LoginAttempts,
    ReauthenticationGate,
    ReauthenticationsService,
    JwtStrategy,
    PasswordResetsService,
    RegistrationsService,
    TokenSets,
    UsersCreateCommand,
    UsersSetPasswordCommand,
    { provide: Authenticator, useClass: JwtAuthenticator },
  ],
  exports: [Authenticator],
})
export class AuthModule {}
