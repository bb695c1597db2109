import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Configuration } from '../config/index.js';
import type { EndSpan, Recorder } from './recorder.js';

/**
 * What the service tells an OpenTelemetry collector of each request. Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` says where:
 * then nothing of it is loaded, and what is to be traced is simply done.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private readonly logger = new Logger('Tracing');
  private recorder: Recorder | undefined;

  constructor(private readonly configuration: Configuration) {}

  /** Makes a span of every request. Call it before the routes are made. */
  async install(server: FastifyInstance): Promise<void> {
    const { tracing } = this.configuration;
    if (tracing === undefined) return;
    const { Recorder } = await import('./recorder.js');
    this.recorder = new Recorder(tracing, (line) => this.logger.warn(line));
    this.recorder.watch(server);
  }

  /** Does the work in a span of its own, inside the one that is under way; outside of any there is none. */
  within<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.recorder === undefined ? work() : this.recorder.within(name, work);
  }

  /** Begins a span of a statement; undefined where there is no request under way. Never with a value in its name. */
  beginStatement(text: string): EndSpan | undefined {
    return this.recorder?.beginStatement(text);
  }

  /** Whether anything is traced at all. */
  get on(): boolean {
    return this.recorder !== undefined;
  }

  /** Sends what waits to be sent. */
  async flush(): Promise<void> {
    await this.recorder?.flush();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.recorder?.stop();
  }
}
