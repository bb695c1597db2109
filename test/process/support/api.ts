import { Agent, request } from 'node:http';

/** An answer: its status, its headers, and its body, parsed where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  // JSON that comes back over HTTP can be anything.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export const PASSWORD = 'correct horse battery staple';

const ANSWER_LIMIT_MS = 20_000;

/** A client of one service, each request over a connection of its own unless an agent is handed in. */
export class Api {
  constructor(
    readonly origin: string,
    private readonly agent: Agent | false = false,
  ) {}

  ask(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(text === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.origin);
      const asked = request(url, { method, headers, agent: this.agent, timeout: ANSWER_LIMIT_MS });
      asked.on('error', reject).on('timeout', () => asked.destroy(new Error(`No answer to ${url.href}.`)));
      asked.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject);
        response.on('end', () => {
          const { statusCode, headers: received } = response;
          resolve({ status: statusCode!, headers: received, body: parsed(Buffer.concat(pieces)) });
        });
      });
      asked.end(text);
    });
  }

  get(path: string, token?: string): Promise<Answer> {
    return this.ask('GET', path, undefined, token);
  }

  register(email: string, password = PASSWORD): Promise<Answer> {
    return this.ask('POST', '/auth/register', { email, password });
  }

  login(email: string, password = PASSWORD): Promise<Answer> {
    return this.ask('POST', '/auth/login', { email, password });
  }

  /** Logs in and answers the access token. */
  async token(email: string): Promise<string> {
    return String((await this.login(email)).body.access_token);
  }
}

function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
