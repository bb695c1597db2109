import { Module } from '@nestjs/common';
import { Changes } from '../platform/changes/index.js';
import { Timers } from '../platform/timers/index.js';
import { JwksController } from './jwks.controller.js';
import { KeyRing } from './key-ring.service.js';
import { KeyRotation } from './key-rotation.service.js';
import { KeysListCommand } from './keys-list.command.js';
import { KeysRevokeCommand } from './keys-revoke.command.js';
import { KeysRewrapCommand } from './keys-rewrap.command.js';
import { KeysRotateCommand } from './keys-rotate.command.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

const ROTATION_CHECK_SECONDS = 60;

@Module({
  controllers: [JwksController],
  providers: [
    KeyRing,
    KeyRotation,
    KeysListCommand,
    KeysRevokeCommand,
    KeysRewrapCommand,
    KeysRotateCommand,
    SigningKeysRepository,
    SigningKeysService,
  ],
  exports: [KeyRing],
})
export class KeysModule {
  constructor(changes: Changes, timers: Timers, ring: KeyRing, rotation: KeyRotation) {
    const refresh = () => ring.refresh();
    changes.follow({ name: 'The signing keys', read: refresh, glance: refresh });
    timers.every(ROTATION_CHECK_SECONDS, 'The rotation of signing keys', async () => {
      await rotation.keepUp();
      await ring.refresh();
    });
  }
}
