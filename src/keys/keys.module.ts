import { Module } from '@nestjs/common';
import { JwksController } from './jwks.controller.js';
import { KeyRing } from './key-ring.service.js';
import { KeysListCommand } from './keys-list.command.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

@Module({
  controllers: [JwksController],
  providers: [KeyRing, KeysListCommand, SigningKeysRepository, SigningKeysService],
  exports: [KeyRing],
})
export class KeysModule {}
