import { pino, type DestinationStream, type Logger } from 'pino';
import type { Configuration } from '../config/index.js';
import { redact } from './redact.js';

/** What is logged beside the message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one JSON object a line on standard output; secrets and addresses are taken out of every field. */
export class Log {
  private readonly pino: Logger;

  constructor(level: Configuration['logLevel'], destination?: DestinationStream) {
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }), log: redact },
      // Its own serializer would copy an error's every property, the query's parameters among them.
      serializers: { err: (error: unknown) => error },
    };
    this.pino = destination === undefined ? pino(options) : pino(options, destination);
  }

  error(fields: LogFields, message: string): void {
    this.pino.error(fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.pino.warn(fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.pino.info(fields, message);
  }

  debug(fields: LogFields, message: string): void {
    this.pino.debug(fields, message);
  }

  /** Whether `debug` writes anything: asked before fields are gathered for every request. */
  get debugs(): boolean {
    return this.pino.isLevelEnabled('debug');
  }
}
