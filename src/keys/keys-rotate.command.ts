import { Injectable } from '@nestjs/common';
import { ControlCommands } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { KeyRing } from './key-ring.service.js';
import { KeyRotation, type Rotated } from './key-rotation.service.js';

/** The command's name, on the command line and over the control socket. */
export const KEYS_ROTATE = 'keys:rotate';

/** Has the next key sign, for an operator; this node signs with it before the command is answered. */
@Injectable()
export class KeysRotateCommand {
  constructor(
    commands: ControlCommands,
    private readonly rotation: KeyRotation,
    private readonly ring: KeyRing,
  ) {
    commands.register(KEYS_ROTATE, () => this.run());
  }

  private async run(): Promise<Rotated> {
    const rotated = await this.rotation.rotate(COMMAND_LINE);
    await this.ring.refresh();
    return rotated;
  }
}
