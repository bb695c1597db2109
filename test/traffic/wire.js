import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** An answer that takes longer is not waited for. */
const ANSWER_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 30;
const LONGEST_PAUSE_MS = 400;

/** Why a reply that was to be lost did not come. */
const LOST = new Error('lost');

/**
 * The way between clients and nodes. Some replies are lost on it: the request was sent, and then the socket is
 * destroyed, at any moment before the answer or when it comes.
 */
export class Wire {
  requests = 0;
  /** Destroyed on purpose. */
  lost = 0;
  /** No connection, one that ended, or no answer in time: what a kill does. */
  cut = 0;
  retries = 0;
  #agent = new Agent({ keepAlive: true });

  /** The status and the body; undefined where no answer came. Once: nothing is sent again. */
  async ask(method, origin, path, { body, token, loseAfterMs } = {}) {
    this.requests += 1;
    try {
      return await this.#exchange(method, new URL(path, origin), body, token, loseAfterMs);
    } catch (error) {
      // By what happened, not by what was meant to: the node may have been gone before the fate came.
      if (error === LOST) this.lost += 1;
      else this.cut += 1;
      return undefined;
    }
  }

  /**
   * Sends again what was lost, to the other node in turn, until there is an answer that is not 503, or the time is
   * up: then undefined.
   *
   * @param fate says of each try whether its reply is lost, and when
   */
  async persist(origins, path, body, { until, fate }) {
    for (
      let attempt = 0, wait = FIRST_PAUSE_MS;
      ;
      attempt += 1, wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
    ) {
      if (attempt > 0) this.retries += 1;
      const origin = origins[attempt % origins.length];
      const answer = await this.ask('POST', origin, path, { body, loseAfterMs: fate(attempt) });
      if (answer && answer.status !== 503) return answer;
      await pause(wait);
      if (performance.now() > until) return undefined;
    }
  }

  /** Leaves no connection open that is not in use. */
  close() {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true });
  }

  #exchange(method, url, body, token, loseAfterMs) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(url, { method, headers, agent: this.#agent, timeout: ANSWER_LIMIT_MS });
      const lose = () => {
        reject(LOST);
        asked.destroy();
      };
      asked.on('error', reject).on('timeout', () => asked.destroy(new Error('late')));
      // Written out whole: from now on the node may act on it.
      if (loseAfterMs !== undefined) {
        let timer;
        asked.on('finish', () => (timer = setTimeout(lose, loseAfterMs)));
        asked.on('close', () => clearTimeout(timer));
      }
      asked.on('response', (response) => {
        if (loseAfterMs !== undefined) return lose();
        response.setEncoding('utf8').on('error', reject);
        let read = '';
        response.on('data', (piece) => (read += piece));
        response.on('end', () => resolve({ status: response.statusCode, body: parsed(read) }));
        response.on('close', () => reject(new Error('cut')));
      });
      asked.end(text);
    });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
