import { readToken } from './rows.js';

/** What is near its end is not used any more: a request may take its time. */
const USED_SHARE = 0.5;

/** One place where somebody is signed in, and what is held there. */
export class Device {
  constructor(tokens) {
    this.adopt(tokens);
  }

  adopt({ access_token, refresh_token, expires_in, refresh_expires_in }) {
    this.access = access_token;
    this.token = refresh_token;
    this.staleAt = performance.now() + expires_in * 1000 * USED_SHARE;
    this.overAt = performance.now() + refresh_expires_in * 1000 * USED_SHARE;
    Object.assign(this, readToken(refresh_token));
  }

  /** Whether its session expires, refreshed or not. */
  get over() {
    return performance.now() > this.overAt;
  }

  get stale() {
    return performance.now() > this.staleAt;
  }
}
