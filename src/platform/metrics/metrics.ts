import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Configuration } from '../config/index.js';

/** Seconds: from what a remembered token costs to what a client waits for. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the service tells a Prometheus of itself. Where `METRICS_PORT` is not set, nothing is counted. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly on: boolean;

  constructor({ metricsPort }: Configuration) {
    this.on = metricsPort !== undefined;
  }

  /**
   * A figure that goes up and down, read when somebody asks.
   *
   * @param name with its unit, as Prometheus names them: `sumun_feed_staleness_seconds`
   */
  gauge(name: string, help: string, read: () => number): void {
    if (!this.on) return;
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    });
  }

  /**
   * A count that only goes up while the process lives, read when somebody asks.
   *
   * @param name with `_total` at its end
   */
  counter(name: string, help: string, read: () => number): void {
    if (!this.on) return;
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this.registry],
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
  }

  /**
   * Several figures that go up and down, each under a word of a few.
   *
   * @param label what the words are: `state`
   */
  gauges(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    if (!this.on) return;
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        for (const [word, value] of Object.entries(read())) gauge.set({ [label]: word }, value);
      },
    });
  }

  /**
   * Several counts, each under a word of a few: never one that a client chooses.
   *
   * @param name with `_total` at its end
   * @param label what the words are: `outcome`
   */
  counters(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    if (!this.on) return;
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        counter.reset();
        for (const [word, value] of Object.entries(read())) counter.inc({ [label]: word }, value);
      },
    });
  }

  /** Times every request, by method, route as it is declared, and status: a path that is not served has none. */
  timeRequests(server: FastifyInstance): void {
    if (!this.on) return;
    const durations = new Histogram({
      name: 'sumun_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATIONS,
      registers: [this.registry],
    });
    server.addHook('onResponse', (request, reply, done) => {
      const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
      const labels = { method: request.method, route, status: reply.statusCode };
      durations.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }

  /** Also the process's own: CPU, memory, event loop, garbage. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** All of them, as Prometheus reads them, and the type of that text. */
  async read(): Promise<{ type: string; text: string }> {
    return { type: this.registry.contentType, text: await this.registry.metrics() };
  }
}
