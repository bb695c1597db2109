import { Injectable } from '@nestjs/common';
import { ControlCommands } from '../platform/control/index.js';
import { SigningKeysService } from './signing-keys.service.js';

/** The command's name, on the command line and over the control socket. */
export const KEYS_LIST = 'keys:list';

/** A signing key as the command line shows it: nothing of the private half. */
export interface KeyLine {
  readonly kid: string;
  readonly algorithm: string;
  readonly stage: string;
  readonly created_at: string;
  /** When a retired key is dropped: what it signed last has expired by then. */
  readonly keep_until: string | null;
}

/** Lists the signing keys for an operator. The shared secret of `HS256` is none: it is configuration. */
@Injectable()
export class KeysListCommand {
  constructor(
    commands: ControlCommands,
    private readonly keys: SigningKeysService,
  ) {
    commands.register(KEYS_LIST, () => this.run());
  }

  private async run(): Promise<KeyLine[]> {
    const keys = await this.keys.standing();
    return keys.map(({ kid, algorithm, stage, createdAt, keepUntil }) => ({
      kid,
      algorithm,
      stage,
      created_at: createdAt.toISOString(),
      keep_until: keepUntil?.toISOString() ?? null,
    }));
  }
}
