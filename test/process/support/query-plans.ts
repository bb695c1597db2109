import pg from 'pg';

const LARGE = ['users', 'sessions', 'revocations', 'audit_events', 'passwords', 'user_roles', 'notes'];
const EXPLAINED = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;
const USERS = 20_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** What an app in this process sends to its database, and how PostgreSQL would do it. */
export class Statements {
  /** In the last `during`. */
  seen: Statement[] = [];
  private listening = false;

  private constructor(
    private readonly explainer: pg.Client,
    private readonly query: typeof pg.Client.prototype.query,
  ) {}

  static async of(url: string): Promise<Statements> {
    const explainer = new pg.Client({ connectionString: url });
    await explainer.connect();
    const { query } = pg.Client.prototype;
    const statements = new Statements(explainer, query);
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      if (this !== explainer) statements.hear(args);
      return Reflect.apply(query, this, args) as never;
    };
    return statements;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.seen = [];
    this.listening = true;
    try {
      return await work();
    } finally {
      this.listening = false;
    }
  }

  /** Each statement that would read a large table whole, with its plan. */
  async scans(): Promise<string[]> {
    const found: string[] = [];
    for (const { text, values } of this.seen) {
      const { rows } = await this.explainer.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
      const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan;
      if (readsWhole(plan)) found.push(`${text}\n${JSON.stringify(plan, null, 1)}`);
    }
    return found;
  }

  async stop(): Promise<void> {
    pg.Client.prototype.query = this.query;
    await this.explainer.end();
  }

  private hear([statement, given]: unknown[]): void {
    const { text, values } =
      typeof statement === 'string' ? { text: statement, values: undefined } : (statement as Statement);
    if (!this.listening || !EXPLAINED.test(text)) return;
    this.seen.push({ text, values: values ?? (Array.isArray(given) ? given : []) });
  }
}

/** A whole index is as long as its table, unless a limit ends it: one of rows, not of those that a filter lets pass. */
function readsWhole(plan: Plan, limited = false): boolean {
  const type = plan['Node Type'];
  const large = LARGE.includes(plan['Relation Name'] ?? '');
  if (large && type === 'Seq Scan') return true;
  if (large && /^Index (?:Only )?Scan$/.test(type) && !plan['Index Cond']) {
    if (!limited || plan.Filter) return true;
  }
  return (plan.Plans ?? []).some((inner) => readsWhole(inner, limited || type === 'Limit'));
}

/** Fills the tables as years of use would. */
export async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of FILL) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A UUIDv7 of a second after 2020, told apart by its last digits. */
const idOf = (n: string, kind: string) =>
  `(lpad(to_hex((1577836800000 + ${n} * 1000)::bigint), 12, '0') || '7${kind}008000' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const at = (n: string) => `'2020-01-01Z'::timestamptz + ${n} * interval '1 second'`;

const FILL = [
  `INSERT INTO users (id, email, name, created_at, updated_at)
    SELECT ${idOf('n', '0')}, md5(n::text) || '@example.net', md5(n || 'name'), ${at('n')}, ${at('n')}
    FROM generate_series(1, ${USERS}) n`,
  `INSERT INTO passwords (user_id, hash, changed_at)
    SELECT ${idOf('n', '0')}, repeat('x', 97), ${at('n')} FROM generate_series(1, ${USERS}) n`,
  `INSERT INTO user_roles (user_id, role) SELECT ${idOf('n', '0')}, 'user' FROM generate_series(1, ${USERS}) n`,
  `INSERT INTO sessions (id, user_id, random, mac_key_id, amr, authenticated_at, ip, user_agent, login_address,
      created_at, last_used_at, idle_expires_at, expires_at, tokens_expire_by)
    SELECT ${idOf('n', '1')}, ${idOf(`(1 + n % ${USERS})`, '0')}, '\\x00', '\\x00', '{pwd}', ${at('n')},
      '192.0.2.1', 'agent', '192.0.2.1', ${at('n')}, ${at('n')}, '2200-01-01Z', '2200-01-01Z', ${at('n')}
    FROM generate_series(1, ${USERS * 3}) n`,
  `INSERT INTO revocations (kind, subject, recorded_at, keep_until)
    SELECT 'session', ${idOf('n', '1')}, ${at('n')}, ${at('n')} FROM generate_series(1, ${USERS}) n`,
  `INSERT INTO audit_events (id, at, type, via, actor_id, subject_id, details, email, key_id, mac, seal_no, seal_mac)
    SELECT ${idOf('n', '2')}, ${at('n')}, 'auth.logged_in', 'http', ${idOf(`(1 + n % ${USERS})`, '0')},
      ${idOf(`(1 + n % ${USERS})`, '0')}, '{}', 'user' || n || '@example.net', 'key', '\\x00', 1000000 + n, '\\x00'
    FROM generate_series(1, ${USERS * 3}) n`,
  `INSERT INTO notes (id, owner_id, title, created_at, updated_at)
    SELECT ${idOf('n', '3')}, ${idOf('n', '0')}, 'A note', ${at('n')}, ${at('n')} FROM generate_series(1, ${USERS}) n`,
  // Also what is new in an index of trigrams lies apart until then.
  'VACUUM ANALYZE',
];
