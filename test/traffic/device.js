import { readToken } from './rows.js';

/** An access token that lives no longer than this is not used any more. */
const MARGIN_MS = 5_000;

/** One place where somebody is signed in, and what is held there. */
export class Device {
  constructor(tokens) {
    this.adopt(tokens);
  }

  adopt({ access_token, refresh_token, expires_in, refresh_expires_in }) {
    this.access = access_token;
    this.token = refresh_token;
    this.staleAt = performance.now() + expires_in * 1000 - MARGIN_MS;
    this.overAt = performance.now() + refresh_expires_in * 1000 - MARGIN_MS;
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
