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

/** Runs some work on a database of its own name, made on that server, and dropped whatever comes. */
export async function withDatabase(server, work) {
  const name = `sumun_soak_${process.pid}_${Date.now().toString(36)}`;
  await administer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

async function administer(connectionString, statement) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
