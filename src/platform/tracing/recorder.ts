import { AsyncLocalStorage } from 'node:async_hooks';
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TracingSettings } from '../config/index.js';
import { exporterTo } from './exporter.js';
import { summaryOf } from './statement-summary.js';

/** Ends a span; with the error where what it stands for failed. */
export type EndSpan = (error?: unknown) => void;

/** What a receiver that is down or slow may cost in memory: what does not fit is lost, and nobody waits for it. */
const MOST_WAITING = 2_048;
const BATCH = 512;
const EVERY_MS = 2_000;
const EXPORT_LIMIT_MS = 5_000;
/** A stop does not wait longer for a receiver that does not answer. */
const STOP_LIMIT_MS = 2_000;

/**
 * Records spans and sends them. They hold names that are declared: of routes, statements and steps; and never what a
 * caller sent, nor a value of a statement.
 */
export class Recorder {
  private readonly current = new AsyncLocalStorage<Span>();
  private readonly spans = new WeakMap<FastifyRequest, Span>();
  private readonly propagator = new W3CTraceContextPropagator();
  private readonly provider: TracerProvider;
  private readonly tracer: ReturnType<TracerProvider['getTracer']>;

  constructor({ endpoint, service, share }: TracingSettings, complain: (line: string) => void) {
    const exporter = exporterTo(endpoint, EXPORT_LIMIT_MS, complain);
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: MOST_WAITING,
          maxExportBatchSize: BATCH,
          scheduledDelayMillis: EVERY_MS,
          exportTimeoutMillis: EXPORT_LIMIT_MS,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('sumun');
  }

  watch(server: FastifyInstance): void {
    server.addHook('onRequest', (request, _reply, done) => {
      this.spans.set(request, this.beginRequest(request));
      done();
    });
    // Only here: the body is read in events of the socket, which know of no request.
    server.addHook('preHandler', (request, _reply, done) => this.current.run(this.spans.get(request)!, done));
    server.addHook('onResponse', (request, reply, done) => {
      this.endRequest(request, reply);
      done();
    });
  }

  async within<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = this.begin(name, SpanKind.INTERNAL);
    if (span === undefined) return work();
    const end = ending(span);
    try {
      const result = await this.current.run(span, work);
      end();
      return result;
    } catch (error) {
      end(error);
      throw error;
    }
  }

  beginStatement(text: string): EndSpan | undefined {
    const summary = summaryOf(text);
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': summary };
    const span = this.begin(summary, SpanKind.CLIENT, attributes);
    return span && ending(span);
  }

  async flush(): Promise<void> {
    await this.provider.forceFlush();
  }

  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_LIMIT_MS)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  private begin(name: string, kind: SpanKind, attributes?: Attributes): Span | undefined {
    const parent = this.current.getStore();
    if (parent === undefined) return undefined;
    const options = attributes === undefined ? { kind } : { kind, attributes };
    return this.tracer.startSpan(name, options, trace.setSpan(ROOT_CONTEXT, parent));
  }

  private beginRequest(request: FastifyRequest): Span {
    const { method } = request;
    // A caller that is traced itself goes on in its own trace; what it sent is read by the standard's strict form.
    const from = this.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = { 'http.request.method': method };
    return this.tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, from);
  }

  private endRequest(request: FastifyRequest, { statusCode }: FastifyReply): void {
    const span = this.spans.get(request);
    // What the router refused before any hook has none.
    if (span === undefined) return;
    const route = request.is404 ? undefined : request.routeOptions.url;
    if (route !== undefined) span.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
    span.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

/** Of an error only its class is told: what it says may hold what a caller sent. */
function ending(span: Span): EndSpan {
  return (error) => {
    if (error !== undefined) {
      span.setAttribute('error.type', error instanceof Error ? error.constructor.name : typeof error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  };
}
