import { Injectable } from '@nestjs/common';
import { Problem } from '../problem/index.js';

/** A refusal by a command, with a code that the other end can act on. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly code: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

/** A problem as an operator reads it: commands speak English, and no HTTP. */
function asControlError({ definition, detail, errors }: Problem): ControlError {
  const details = errors?.map(({ field, code, message }) => ({ field, code, message: message.en }));
  return new ControlError(definition.code, detail.en, details);
}

type Run = (input: unknown) => Promise<unknown>;

/** What can be asked of the running service by whoever may read its data directory. */
@Injectable()
export class ControlCommands {
  private readonly commands = new Map<string, Run>();

  /** Makes a command known; a name is given once. */
  register(name: string, run: Run): void {
    if (this.commands.has(name)) throw new Error(`The control command ${name} is registered twice.`);
    this.commands.set(name, run);
  }

  /** Runs a command here, in this process. */
  async run(name: string, input: unknown): Promise<unknown> {
    const run = this.commands.get(name);
    if (!run) throw new ControlError('unknown_command', `The service knows no command ${name}.`);
    try {
      return await run(input);
    } catch (error) {
      throw error instanceof Problem ? asControlError(error) : error;
    }
  }
}
