import type { Answer } from './answer.js';
import type { TestApp } from './app.js';
import { checkAnswer } from './documented-answers.js';

/** Sends JSON from any client address, through all of the server but its socket. */
export class Neighbour {
  constructor(
    private readonly app: TestApp,
    readonly address: string,
  ) {}

  async post(path: string, json: object, token?: string): Promise<Answer> {
    const { statusCode, headers, payload } = await this.app.nest.inject({
      method: 'POST',
      url: path,
      payload: json,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      remoteAddress: this.address,
    });
    const body = payload === '' ? undefined : JSON.parse(payload);
    const answer = { status: statusCode, headers: headers as Answer['headers'], text: payload, body };
    checkAnswer('POST', path, answer);
    return answer;
  }

  login(email: string, password: string): Promise<Answer> {
    return this.post('/auth/login', { email, password });
  }

  /** The codes of many answers, one asked for after the other. */
  async guesses(count: number, emailOf: (n: number) => string): Promise<string[]> {
    const codes: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const { status, body } = await this.login(emailOf(n), `a wrong password, number ${n}`);
      codes.push(status === 200 ? 'let in' : body.code);
    }
    return codes;
  }
}

let serial = 0;

/** A client at an IPv4 address that no other test of the file uses. */
export function aNeighbour(app: TestApp): Neighbour {
  serial += 1;
  return new Neighbour(app, `198.18.${serial >> 8}.${serial & 255}`);
}

export function times<T>(count: number, what: T): T[] {
  return Array.from({ length: count }, () => what);
}
