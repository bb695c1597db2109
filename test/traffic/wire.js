import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** An answer that takes longer is not waited for, unless the caller is more patient. */
const ANSWER_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 30;
const LONGEST_PAUSE_MS = 400;
const UNUSED_LIMIT_MS = 4_000;

/** Why a reply that was to be lost did not come. */
const LOST = new Error('lost');

/** What a client asks again for, unless it knows better: nothing was answered, or that it should try later. */
const NOT_NOW = (answer) => !answer || answer.status === 503;

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
  #agent = newAgent();
  #patienceMs;
  #observe;

  /** @param observe told of each request how it ended, and how long that took */
  constructor({ patienceMs = ANSWER_LIMIT_MS, observe } = {}) {
    this.#patienceMs = patienceMs;
    this.#observe = observe;
  }

  /**
   * The status, the headers and the body; undefined where no answer came. Once: nothing is sent again.
   *
   * @param address one of the loopback addresses, from which to ask
   */
  async ask(method, origin, path, how = {}) {
    this.requests += 1;
    const sent = performance.now();
    const tell = (end) => this.#observe?.({ method, path, ms: performance.now() - sent, ...end });
    try {
      const answer = await this.#exchange(method, new URL(path, origin), how);
      tell({ answer });
      return answer;
    } catch (error) {
      // By what happened, not by what was meant to: the node may have been gone before the fate came.
      if (error === LOST) this.lost += 1;
      else this.cut += 1;
      tell({ error });
      return undefined;
    }
  }

  /**
   * Sends again until there is an answer that is no reason to, or the time is up: then undefined.
   *
   * @param send one try, told how many there were before it
   */
  async persist(send, { until, again = NOT_NOW, longestPauseMs = LONGEST_PAUSE_MS }) {
    for (let attempt = 0, wait = FIRST_PAUSE_MS; ; attempt += 1, wait = Math.min(wait * 2, longestPauseMs)) {
      if (attempt > 0) this.retries += 1;
      const answer = await send(attempt);
      if (!again(answer)) return answer;
      await pause(wait);
      if (performance.now() > until) return undefined;
    }
  }

  /** Leaves no connection open that is not in use. */
  close() {
    this.#agent.destroy();
    this.#agent = newAgent();
  }

  #exchange(method, url, { body, token, address, loseAfterMs }) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers,
        agent: this.#agent,
        timeout: this.#patienceMs,
        localAddress: address,
      };
      const asked = request(url, options);
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
        response.on('end', () => {
          const { statusCode: status, headers: received } = response;
          resolve({ status, headers: received, body: parsed(read) });
        });
        response.on('close', () => reject(new Error('cut')));
      });
      asked.end(text);
    });
  }
}

/** Whoever leaves a connection unused for longer than the other side keeps it may be cut off as it sends. */
function newAgent() {
  return new Agent({ keepAlive: true, timeout: UNUSED_LIMIT_MS });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
