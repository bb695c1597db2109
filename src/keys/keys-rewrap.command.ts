import { Injectable } from '@nestjs/common';
import { ControlCommands } from '../platform/control/index.js';
import { Secrets } from '../platform/crypto/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { SigningKeysService } from './signing-keys.service.js';

/** The command's name, on the command line and over the control socket. */
export const KEYS_REWRAP = 'keys:rewrap';

/** What sealing anew did. */
export interface Rewrapped {
  /** The keys that were sealed under the previous `SECRET_KEY`. */
  readonly kids: readonly string[];
  /** Names the `SECRET_KEY` under which all are sealed now. */
  readonly secret_key: string;
}

/** After a change of `SECRET_KEY`: seals the private halves under the one of now, so that the previous can go. */
@Injectable()
export class KeysRewrapCommand {
  constructor(
    commands: ControlCommands,
    private readonly keys: SigningKeysService,
    private readonly secrets: Secrets,
  ) {
    commands.register(KEYS_REWRAP, () => this.run());
  }

  private async run(): Promise<Rewrapped> {
    return { kids: await this.keys.rewrap(COMMAND_LINE), secret_key: this.secrets.keyId };
  }
}
