import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from './access/index.js';
import { AdminModule } from './admin/index.js';
import { AuditModule } from './audit/index.js';
import { AuthModule } from './auth/index.js';
import { ClientsModule } from './clients/index.js';
import { KeysModule } from './keys/index.js';
import { NotesModule } from './notes/index.js';
import { OauthModule } from './oauth/index.js';
import { PasswordsModule } from './passwords/index.js';
import { ChangesModule } from './platform/changes/index.js';
import { ClockModule } from './platform/clock/index.js';
import { ConfigModule, type Configuration } from './platform/config/index.js';
import { ControlModule } from './platform/control/index.js';
import { CryptoModule } from './platform/crypto/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { EventLoopModule } from './platform/event-loop/index.js';
import { EventsModule } from './platform/events/index.js';
import { HealthController, HealthModule } from './platform/health/index.js';
import { LimitsModule } from './platform/limits/index.js';
import { LoggingModule } from './platform/logging/index.js';
import { MetricsModule } from './platform/metrics/index.js';
import { DocumentController, DocumentModule } from './platform/openapi/index.js';
import { RequestsModule } from './platform/requests/index.js';
import { TimersModule } from './platform/timers/index.js';
import { TracingModule } from './platform/tracing/index.js';
import { ProtectedModule } from './protected/index.js';
import { RolesModule } from './roles/index.js';
import { SessionsModule } from './sessions/index.js';
import { TokensModule } from './tokens/index.js';
import { UsersModule } from './users/index.js';

const GROUND = [HealthController, DocumentController].map((controller) => ({
  controller,
  credential: 'public' as const,
}));

/** The table of contents: the modules in the order of their ranks, each importing only lower ones. */
@Module({})
export class AppModule {
  static forRoot(configuration: Configuration): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // 0: technical ground
        ConfigModule.forRoot(configuration),
        ClockModule,
        LoggingModule,
        CryptoModule,
        DatabaseModule,
        EventsModule,
        TimersModule,
        ChangesModule,
        MetricsModule,
        TracingModule,
        EventLoopModule,
        ControlModule,
        LimitsModule,
        RequestsModule,
        HealthModule,
        DocumentModule,
        // 1: who may reach what; the ground knows no decorators, so its routes are declared here
        AccessModule.forRoot({ declare: GROUND }),
        // 2
        KeysModule,
        // 3
        RolesModule,
        // 4
        UsersModule,
        // 5
        PasswordsModule,
        ClientsModule,
        // 6
        SessionsModule,
        // 7
        TokensModule,
        // 8
        AuthModule,
        OauthModule,
        // 9: feature modules
        ProtectedModule,
        NotesModule,
        AdminModule,
        // listens
        AuditModule,
      ],
    };
  }
}
