import { Injectable } from '@nestjs/common';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import { secretKeyFrom } from '../platform/crypto/index.js';
import { headFromText, type Head } from './audit-chain.js';
import { BEGINNING, type WalkState } from './chain-walk.js';
import { VerificationService, type Stretch } from './verification.service.js';

/** The command's name, on the command line and over the control socket. */
export const AUDIT_VERIFY = 'audit:verify';

/** In one answer: a second or so, after which the other end can tell how far it is. */
const STRETCH_ROWS = 20_000;

/** What the command is asked: the state is that of the answer before. */
export interface VerifyInput {
  readonly state?: WalkState;
  readonly head?: string;
  /** Former `SECRET_KEY`s, as they are spelt. */
  readonly former_keys?: readonly string[];
}

/** Verifies the audit log for an operator, a stretch of it each time it is asked. */
@Injectable()
export class AuditVerifyCommand {
  constructor(
    commands: ControlCommands,
    private readonly verification: VerificationService,
  ) {
    commands.register(AUDIT_VERIFY, (input) => this.run(input ?? {}));
  }

  private run({ state = BEGINNING, head, former_keys = [] }: VerifyInput): Promise<Stretch> {
    const expected = head === undefined ? undefined : headOf(head);
    return this.verification.verify(state, STRETCH_ROWS, expected, former_keys.map(formerKeyOf));
  }
}

function formerKeyOf(text: string, at: number): Buffer {
  const key = secretKeyFrom(text);
  if (key) return key;
  throw new ControlError('validation_failed', `Of --former-keys, number ${at + 1} is no SECRET_KEY.`);
}

function headOf(text: string): Head {
  const head = headFromText(text);
  if (head) return head;
  throw new ControlError(
    'validation_failed',
    '--head is <number>:<seal>, as the log shows it in audit_head.',
  );
}
