import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../config/index.js';
import { Metrics } from './metrics.js';

const REQUEST_LIMIT_MS = 5_000;
const CONNECTIONS_LIMIT = 16;

/** A port of its own, off by default: what the figures tell is not for the clients of the API. */
@Injectable()
export class MetricsServer implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private server: Server | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly metrics: Metrics,
  ) {}

  /** Listens on `METRICS_HOST` and `METRICS_PORT`, where the latter is set. Answers where; undefined if nowhere. */
  async listen(): Promise<string | undefined> {
    const { metricsHost, metricsPort } = this.configuration;
    if (metricsPort === undefined) return undefined;
    this.metrics.watchProcess();
    const server = createServer((request, response) => void this.serve(request, response));
    server.requestTimeout = server.headersTimeout = REQUEST_LIMIT_MS;
    server.maxConnections = CONNECTIONS_LIMIT;
    server.listen(metricsPort, metricsHost);
    await once(server, 'listening');
    server.on('error', (error) => this.logger.warn(`The metrics port failed: ${error.message}`));
    this.server = server;
    const { port } = server.address() as AddressInfo;
    return `http://${metricsHost.includes(':') ? `[${metricsHost}]` : metricsHost}:${port}/metrics`;
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    if (request.method !== 'GET') return void response.writeHead(405, { Allow: 'GET' }).end();
    try {
      const { type, text } = await this.metrics.read();
      response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
    } catch (error) {
      this.logger.error(error);
      response.writeHead(500).end();
    }
  }
}
