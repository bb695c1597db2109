import { once } from 'node:events';
import { Breaches } from './breaches.js';
import { Rows } from './rows.js';
import { Tally } from './tally.js';
import { Traffic } from './traffic.js';
import { Wire } from './wire.js';

/** No answer takes longer than this; one that does is an error. */
const PATIENCE_MS = 20_000;
/** How long after a refresh its answer may be asked for again: people stop trying before it is over. */
const GRACE_SECONDS = 60;
/** So many client addresses, all of them of the loopback network. */
const ADDRESSES = 1000;

/** What nodes have to be told for people of these habits. */
export const WORLD_SETTINGS = { REFRESH_GRACE: `${GRACE_SECONDS}s` };

/** Nodes, the people who use them, and what was promised to them. */
export class World {
  tally = new Tally();
  breaches = new Breaches(['writes', 'sign-outs', 'sessions', 'answers']);
  wire = new Wire({ patienceMs: PATIENCE_MS, observe: (end) => this.tally.hear(end) });
  patienceMs = PATIENCE_MS;
  graceMs = GRACE_SECONDS * 1000;
  /** Refreshes that nobody answered within the grace. */
  gaveUp = 0;

  /**
   * @param cluster where the nodes are
   * @param stopped a signal to give up
   */
  constructor(cluster, rate, stopped) {
    this.cluster = cluster;
    this.stopped = stopped;
    /** Rejects when it is told to give up. */
    this.aborted = once(stopped, 'abort').then(() => Promise.reject(stopped.reason));
    this.aborted.catch(() => undefined);
    this.traffic = new Traffic(this, rate);
  }

  get origin() {
    return this.cluster.origin;
  }

  get nodes() {
    return this.cluster.nodes;
  }

  addressOf(n) {
    const k = n % ADDRESSES;
    return `127.1.${Math.floor(k / 250)}.${1 + (k % 250)}`;
  }

  /** A look into the database past the nodes, where it is a server. */
  async openRows() {
    this.rows = await Rows.open(this.cluster.databaseUrl);
  }

  async closeRows() {
    await this.rows?.close();
    this.rows = undefined;
  }

  async close() {
    this.wire.close();
    await this.closeRows();
    await this.cluster.close();
  }
}
