/** What the contract knows of answers that are nobody's fault but the moment's. */
const DOCUMENTED = ['service_unavailable', 'service_overloaded'];

/** How a request ended, in a word; undefined where nothing was wrong with it. */
export function errorOf({ answer, error }) {
  if (error) return error.code ?? error.message;
  const { status, headers, body } = answer;
  if (status < 500) return undefined;
  // A page of the proxy's own: no node had the last word.
  if (!headers['content-type']?.startsWith('application/problem+json')) return `${status} by the proxy`;
  if (status !== 503 || !DOCUMENTED.includes(body?.code)) return `${status} ${body?.code}, undocumented`;
  return /^\d+$/.test(headers['retry-after'] ?? '') ? `503 ${body.code}` : '503 without Retry-After';
}

/** What the requests of a stretch of time came to. */
export class Tally {
  requests = 0;
  /** By status, where nothing was wrong. */
  answers = {};
  /** By kind. */
  errors = {};
  /** The first of each kind, and what was asked. */
  examples = [];
  slowestMs = 0;
  lastError = 0;
  lastAnswer = 0;

  /** To be told of each request when it ends. */
  hear({ method, path, ms, ...end }) {
    const now = performance.now();
    this.requests += 1;
    this.slowestMs = Math.max(this.slowestMs, ms);
    const kind = errorOf(end);
    if (kind === undefined) {
      this.lastAnswer = now;
      this.answers[end.answer.status] = (this.answers[end.answer.status] ?? 0) + 1;
      return;
    }
    this.lastError = now;
    this.errors[kind] = (this.errors[kind] ?? 0) + 1;
    if (this.errors[kind] === 1) this.examples.push(`${kind}: ${method} ${path} after ${Math.round(ms)} ms`);
  }

  get failed() {
    return Object.values(this.errors).reduce((sum, count) => sum + count, 0);
  }
}
