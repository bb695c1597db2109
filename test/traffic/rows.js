import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const SETTLE_LIMIT_MS = 60_000;
const SETTLE_INTERVAL_MS = 50;

/** What a refresh token says of itself: key id (4) ‖ session id (16) ‖ counter (4) ‖ random (16) ‖ MAC. */
export function readToken(token) {
  const bytes = Buffer.from(token.slice('sumun_rt_'.length), 'base64url');
  const hex = bytes.toString('hex', 4, 20);
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return { id: id.join('-'), counter: bytes.readUInt32BE(20), random: bytes.toString('hex', 24, 40) };
}

/** A look into the database of the nodes, past them. */
export class Rows {
  #client;

  static async open(url) {
    const rows = new Rows();
    rows.#client = new pg.Client({ connectionString: url });
    // The database may be dropped under it.
    rows.#client.on('error', () => undefined);
    await rows.#client.connect();
    return rows;
  }

  /** Sessions by id, all of them or some. */
  async sessions(ids) {
    const { rows } = await this.#client.query(
      `SELECT id, counter, encode(random, 'hex') AS random, ended_at IS NOT NULL AS ended
         FROM sessions WHERE $1::uuid[] IS NULL OR id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The addresses of these that are users, and since when. */
  async users(emails) {
    const { rows } = await this.#client.query('SELECT email FROM users WHERE email = ANY($1)', [emails]);
    return new Set(rows.map(({ email }) => email));
  }

  /** The titles of these notes that there are, by id. */
  async notes(ids) {
    const { rows } = await this.#client.query('SELECT id, title FROM notes WHERE id = ANY($1)', [ids]);
    return new Map(rows.map(({ id, title }) => [id, title]));
  }

  /** How often something was audited, by session. */
  async audited(type) {
    const { rows } = await this.#client.query(
      `SELECT details::json->>'session_id' AS id, count(*)::int AS n
         FROM audit_events WHERE type = $1 GROUP BY 1`,
      [type],
    );
    return new Map(rows.map(({ id, n }) => [id, n]));
  }

  /** As if the last rotation of those sessions had been so long before. */
  async age(ids, seconds) {
    await this.#client.query(
      `UPDATE sessions SET rotated_at = rotated_at - make_interval(secs => $2) WHERE id = ANY($1)`,
      [ids, seconds],
    );
  }

  /** Waits until no transaction is under way, twice in a row: between two statements one looks like none. */
  async quiet() {
    const end = performance.now() + SETTLE_LIMIT_MS;
    for (let still = 0; still < 2; await pause(SETTLE_INTERVAL_MS)) {
      const { rows } = await this.#client.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
      );
      still = rows[0].n === 0 ? still + 1 : 0;
      if (performance.now() > end) throw new Error('The database does not come to rest.');
    }
  }

  async close() {
    await this.#client.end().catch(() => undefined);
  }
}
