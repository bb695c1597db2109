import { Global, Module } from '@nestjs/common';
import { ClientAuthenticator } from '../access/index.js';
import { ClientsModule } from '../clients/index.js';
import { SessionsModule } from '../sessions/index.js';
import { TokensModule } from '../tokens/index.js';
import { ClientSecretAuthenticator } from './client-secret-authenticator.js';
import { IntrospectionsService } from './introspections.service.js';
import { OauthController } from './oauth.controller.js';
import { TokenRevocationsService } from './token-revocations.service.js';

/** Global, for the access guard of the whole app asks its `ClientAuthenticator`. */
@Global()
@Module({
  imports: [ClientsModule, SessionsModule, TokensModule],
  controllers: [OauthController],
  providers: [
    IntrospectionsService,
    TokenRevocationsService,
    { provide: ClientAuthenticator, useClass: ClientSecretAuthenticator },
  ],
  exports: [ClientAuthenticator],
})
export class OauthModule {}
