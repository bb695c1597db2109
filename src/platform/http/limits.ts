/** How long a client may keep a socket busy with what is no finished request, and how much it may say in it. */
export interface HttpLimits {
  /** Until the headers are there (slowloris). */
  readonly headersMilliseconds: number;
  /** Until the body is there too (slow POST). */
  readonly requestMilliseconds: number;
  /** Between two requests. Longer than the minute after which load balancers close, so that they close first. */
  readonly keepAliveMilliseconds: number;
  /** Without a byte in either direction: who does not read an answer loses it. */
  readonly idleMilliseconds: number;
  /** How often slow requests are looked for: they live so much longer than they may. */
  readonly checkEveryMilliseconds: number;
  /** Request line and headers together, in bytes. */
  readonly headerBytes: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersMilliseconds: 10_000,
  requestMilliseconds: 30_000,
  keepAliveMilliseconds: 72_000,
  idleMilliseconds: 120_000,
  checkEveryMilliseconds: 2_000,
  headerBytes: 16 * 1024,
};

/** The limits in the words of Fastify and of the server under it. */
export function serverOptions(limits: HttpLimits) {
  return {
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.keepAliveMilliseconds,
    connectionTimeout: limits.idleMilliseconds,
    http: {
      headersTimeout: limits.headersMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      connectionsCheckingInterval: limits.checkEveryMilliseconds,
      maxHeaderSize: limits.headerBytes,
      // Whatever NODE_OPTIONS say: the lenient parser lets smuggled requests through.
      insecureHTTPParser: false,
    },
  };
}
