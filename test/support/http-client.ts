import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.js';
import { checkAnswer } from './documented-answers.js';

export interface Sending {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
  readonly headers?: Record<string, string | string[]>;
  /** An access token, sent as RFC 6750 §2.1 has it. */
  readonly token?: string;
}

/**
 * Speaks HTTP without putting anything right: paths go out as they are spelt, headers as they are given.
 * Every answer is held against the committed OpenAPI document; what is not documented fails the test.
 */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(readonly origin: string) {}

  get(path: string, sending?: Sending): Promise<Answer> {
    return this.request('GET', path, sending);
  }

  post(path: string, json?: unknown, sending?: Sending): Promise<Answer> {
    return this.request('POST', path, { json, ...sending });
  }

  patch(path: string, json?: unknown, sending?: Sending): Promise<Answer> {
    return this.request('PATCH', path, { json, ...sending });
  }

  async request(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const answer = await this.exchange(method, path, sending);
    checkAnswer(method, path, answer);
    return answer;
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(method: string, path: string, sending: Sending): Promise<Answer> {
    const payload = sending.json === undefined ? sending.raw : JSON.stringify(sending.json);
    const headers: Record<string, string | string[] | number> = { ...sending.headers };
    if (sending.json !== undefined) headers['Content-Type'] ??= 'application/json';
    if (sending.token !== undefined) headers['Authorization'] = `Bearer ${sending.token}`;
    if (payload !== undefined) headers['Content-Length'] = Buffer.byteLength(payload);
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const request = send({ agent: this.agent, hostname, port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks).toString())));
      });
      request.on('error', reject);
      request.end(payload);
    });
  }
}

function answerOf(
  { statusCode, headers }: { statusCode?: number; headers: IncomingHttpHeaders },
  text: string,
): Answer {
  const isJson = /^application\/(problem\+)?json\b/.test(headers['content-type'] ?? '');
  return { status: statusCode!, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
}
