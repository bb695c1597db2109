import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** Routes what the framework says into the one log. Its chatter while starting is debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.target.error(...entry(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.target.error(...entry(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.target.warn(...entry(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest));
  }
}

/** The framework passes its context last, and a stack before it. */
function entry(message: unknown, rest: unknown[]): [Record<string, unknown>, string] {
  const context = rest.at(-1);
  const stack = rest.length > 1 ? rest[0] : undefined;
  const fields = {
    ...(typeof context === 'string' && { context }),
    ...(typeof stack === 'string' && { stack }),
  };
  if (message instanceof Error) return [{ ...fields, err: message }, message.name];
  if (typeof message === 'string') return [fields, message];
  return [{ ...fields, detail: message }, 'framework'];
}
