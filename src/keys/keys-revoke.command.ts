import { Injectable } from '@nestjs/common';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { KeyRing } from './key-ring.service.js';
import { KeyRotation, type Revoked } from './key-rotation.service.js';

/** The command's name, on the command line and over the control socket. */
export const KEYS_REVOKE = 'keys:revoke';

/** Takes a compromised key out, for an operator; this node refuses what it signed before the command is answered. */
@Injectable()
export class KeysRevokeCommand {
  constructor(
    commands: ControlCommands,
    private readonly rotation: KeyRotation,
    private readonly ring: KeyRing,
  ) {
    commands.register(KEYS_REVOKE, (input) => this.run(input));
  }

  private async run(input: unknown): Promise<Revoked> {
    const { kid } = (input ?? {}) as { kid?: unknown };
    if (typeof kid !== 'string') throw new ControlError('validation_failed', 'The kid of a key is wanted.');
    const revoked = await this.rotation.revoke(kid, COMMAND_LINE);
    await this.ring.refresh();
    return revoked;
  }
}
