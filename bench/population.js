// A database filled as a service of that many users would have filled it, by a few statements; and what one of its
// users, drawn at random, would send.
import { createHmac, hkdfSync } from 'node:crypto';

export const PASSWORD = 'correct horse battery staple';
export const SESSIONS_EACH = 10;
const DAY_MS = 86_400_000;
/** Users came over two years, their sessions were opened over the last thirty days: all of them live. */
const USERS_OVER_MS = 730 * DAY_MS;
const SESSIONS_OVER_MS = 30 * DAY_MS;
/** A prime: each user gets ten sessions, far apart from each other. */
const STRIDE = 7_368_787;
const GIVEN = (
  'Ada Alan Barbara Claude Dennis Donald Edsger Emmy Frances Grace Hana Hedy Jihoon Joan John Karen Ken Kurt Leslie ' +
  'Linus Margaret Mary Minseo Niklaus Ole Radia Robin Seoyeon Shafi Sophie Tony Vint Whitfield Yoona'
).split(' ');
const DOMAINS = ['example.com', 'example.org', 'mail.example.net', 'corp.example.com'];
const SYLLABLES = [...'bdfghjklmnprstvz'].flatMap((one) => [...'aeiou'].map((two) => one + two));

const list = (words) => `(ARRAY['${words.join("','")}'])`;
const pick = (words, n) => `${list(words)}[1 + (${n}) % ${words.length}]`;
/** A name is of a number mixed up, so that neighbours do not look alike. */
const FACTOR = 2_654_435_761;
const MODULUS = 2 ** 32;
const MIXED = `(n * ${FACTOR} % ${MODULUS})`;
const STEPS = [1, 80, 6_400, 512_000];
const surname = STEPS.map((step) => pick(SYLLABLES, `${MIXED} / ${step}`)).join(' || ');

export class Population {
  /** @param now when the last session was opened */
  constructor(users, secretKey, now) {
    Object.assign(this, { users, sessions: users * SESSIONS_EACH });
    this.refreshKey = Buffer.from(hkdfSync('sha256', secretKey, '', 'sumun refresh', 32));
    this.userStep = Math.floor(USERS_OVER_MS / users);
    this.sessionStep = Math.max(1, Math.floor(SESSIONS_OVER_MS / this.sessions));
    this.firstUserAt = now - users * this.userStep;
    this.firstSessionAt = now - this.sessions * this.sessionStep;
    this.now = now;
    /** The first is the admin's, who is not to be signed out. */
    this.drawn = new Set([0]);
  }

  get macKeyId() {
    return createHmac('sha256', this.refreshKey).update('sumun refresh key id').digest().subarray(0, 4);
  }

  /** The user of a number. */
  user(n) {
    return idAt(this.firstUserAt + n * this.userStep, n);
  }

  /** The session of a number, and its user. */
  session(n) {
    return { id: idAt(this.firstSessionAt + n * this.sessionStep, n), userId: this.user(this.ownerOf(n)) };
  }

  /** As the statements below make them. */
  nameOf(n) {
    const mixed = (n * FACTOR) % MODULUS;
    const syllables = STEPS.map((step) => SYLLABLES[Math.floor(mixed / step) % SYLLABLES.length]);
    const [given, surname] = [GIVEN[mixed % GIVEN.length], syllables.join('')];
    const domain = DOMAINS[Math.floor(mixed / 7) % DOMAINS.length];
    return { given, surname, email: `${given}.${surname}${n}@${domain}`.toLowerCase() };
  }

  anyUser() {
    return Math.floor(Math.random() * this.users);
  }

  /** Each one once. */
  anySession() {
    if (this.drawn.size === this.sessions)
      throw new Error('There are no sessions left: fewer rounds, please.');
    for (;;) {
      const n = Math.floor(Math.random() * this.sessions);
      if (this.drawn.has(n)) continue;
      this.drawn.add(n);
      return this.session(n);
    }
  }

  ownerOf(n) {
    return Number((BigInt(n) * BigInt(STRIDE)) % BigInt(this.users));
  }

  /** As the contract has it, with the random bytes that the filling gave the session. */
  refreshToken({ id }) {
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    const signed = Buffer.concat([this.macKeyId, bytes, Buffer.alloc(4), bytes]);
    const mac = createHmac('sha256', this.refreshKey).update(signed).digest();
    return `sumun_rt_${Buffer.concat([signed, mac]).toString('base64url')}`;
  }

  /** The statements that fill an empty database; `hash` is everybody's password. */
  statements(hash) {
    const user = idOf(this.firstUserAt, this.userStep, 'n');
    const joined = timeOf(this.firstUserAt, this.userStep, 'n');
    const owner = `(n::bigint * ${STRIDE} % ${this.users})`;
    const opened = timeOf(this.firstSessionAt, this.sessionStep, 'n');
    const id = idOf(this.firstSessionAt, this.sessionStep, 'n');
    const everyUser = `FROM generate_series(0, ${this.users - 1}) AS n`;
    return [
      `INSERT INTO users (id, email, email_verified, name, created_at, updated_at)
        SELECT id, lower(given || '.' || surname) || n || '@' || domain, true, given || ' ' || initcap(surname), at, at
        FROM (SELECT n, ${user} AS id, ${joined} AS at, ${surname} AS surname,
          ${pick(GIVEN, MIXED)} AS given, ${pick(DOMAINS, `${MIXED} / 7`)} AS domain
          FROM generate_series(0::bigint, ${this.users - 1}) AS n) AS made`,
      `INSERT INTO passwords (user_id, hash, changed_at) SELECT ${user}, '${hash}', ${joined} ${everyUser}`,
      `INSERT INTO user_roles (user_id, role) SELECT ${user}, 'user' ${everyUser}`,
      `INSERT INTO user_roles (user_id, role) SELECT ${user}, 'admin' ${everyUser} WHERE n % 500 = 0`,
      `INSERT INTO sessions (id, user_id, random, mac_key_id, amr, authenticated_at, ip, user_agent, login_address,
          created_at, last_used_at, idle_expires_at, expires_at, tokens_expire_by)
        SELECT id, ${idOf(this.firstUserAt, this.userStep, owner)}, uuid_send(id), '\\x${this.macKeyId.toString('hex')}',
          '{pwd}', at, ip, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', ip, at, at,
          at + interval '60 days', at + interval '90 days', at + interval '10 minutes'
        FROM (SELECT n, ${id} AS id, ${opened} AS at, '198.51.' || ${owner} / 256 % 256 || '.' || ${owner} % 256 AS ip
          FROM generate_series(0, ${this.sessions - 1}) AS n) AS made`,
    ];
  }
}

const idAt = (ms, n) => {
  const hex = `${ms.toString(16).padStart(12, '0')}70008${n.toString(16).padStart(15, '0')}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** The same in SQL. */
const idOf = (first, step, n) =>
  `(lpad(to_hex(${first} + ${n}::bigint * ${step}), 12, '0') || '70008' || lpad(to_hex(${n}::bigint), 15, '0'))::uuid`;

const timeOf = (first, step, n) => `to_timestamp((${first} + ${n}::bigint * ${step}) / 1000.0)`;

/**
 * Fills a database whose tables are there and empty. Indexes that are no constraint are made after the rows, which
 * are not checked against each other: both would take longer than all the rest.
 */
export async function fill(client, population, hash) {
  const { rows } = await client.query(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE schemaname = 'public' AND tablename IN ('users', 'sessions', 'passwords', 'user_roles')
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`,
  );
  await client.query(`SET synchronous_commit = off; SET session_replication_role = replica;
    SET maintenance_work_mem = '512MB'`);
  for (const { name } of rows) await client.query(`DROP INDEX "${name}"`);
  for (const statement of population.statements(hash)) await client.query(statement);
  for (const { definition } of rows) await client.query(definition);
  await client.query('VACUUM (ANALYZE)');
  await client.query('CHECKPOINT');
}
