/** Goes out with every answer, whoever makes it. */
export type SecurityHeaders = Readonly<Record<string, string>>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Laid down by `installHttp`; what answers before any hook runs finds them here. */
    securityHeaders?: SecurityHeaders;
  }
}

/** An address typed into a browser shows an answer as a page: it must run nothing, load nothing, be framed nowhere. */
const ALWAYS: SecurityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  // Speculative reads: without CORS, no other site's page gets an answer into its process (Fetch §3.7).
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const YEAR_SECONDS = 31_536_000;

/** @param issuer RFC 6797 §7.2 forbids `Strict-Transport-Security` where the service is not reached by https. */
export function securityHeaders(issuer: string | undefined): SecurityHeaders {
  if (!issuer?.startsWith('https://')) return ALWAYS;
  return { ...ALWAYS, 'Strict-Transport-Security': `max-age=${YEAR_SECONDS}; includeSubDomains` };
}
