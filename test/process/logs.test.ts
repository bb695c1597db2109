import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { request } from 'node:http';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import type { Program } from './support/program.js';
import { until } from '../support/until.js';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

jest.setTimeout(90_000);

const stage = new Stage();
const server = await ServerDatabase.create();
afterEach(() => stage.end());
afterAll(async () => {
  stage.remove();
  await server?.drop();
});

/** What must never be seen in a log, by what it is. */
const PLANTED = {
  email: 'planted.address@example.com',
  'local part': 'planted.address',
  password: 'planted password of somebody',
  'wrong password': 'planted guess of somebody',
  name: 'Planted Name',
  cookie: 'planted-cookie-value',
  query: 'planted-query-value',
  'path segment': 'planted-path-segment',
  'access token in a query': 'planted-token-in-query',
  'client secret': 'planted-client-secret',
  'basic credentials': Buffer.from('planted.address:planted password').toString('base64'),
};
const SECRETS = {
  SECRET_KEY: Buffer.alloc(32, 'k').toString('base64url'),
  SECRET_KEY_PREVIOUS: Buffer.alloc(32, 'p').toString('base64url'),
  JWT_SECRET: 'planted-jwt-secret-of-more-than-32-bytes',
  JWT_SECRET_PREVIOUS: 'planted-jwt-secret-of-more-than-32-bytes-before',
};

interface Reply {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** Drives a service and remembers every credential that it gave out. */
class Visitor {
  readonly tokens: string[] = [];

  constructor(private readonly origin: string) {}

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const payload = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const length = {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(payload)),
    };
    const sent = request(new URL(path, this.origin), {
      method,
      headers: { ...length, ...headers },
      agent: false,
    });
    sent.end(payload);
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    const parsed = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, string>;
    for (const name of ['access_token', 'refresh_token']) if (parsed[name]) this.tokens.push(parsed[name]);
    return { status: response.statusCode, body: parsed };
  }

  /** Every route there is, with everything planted wherever it could be put. */
  async drive(): Promise<void> {
    const { email, password, name } = PLANTED;
    const account = { email, password, name };
    await this.ask('POST', '/auth/register', account);
    await this.ask('POST', '/auth/register', account);
    const { body: tokens } = await this.ask('POST', '/auth/login', { email, password });
    await this.ask('POST', '/auth/login', { email, password: PLANTED['wrong password'] });
    const { body: next } = await this.ask('POST', '/auth/refresh', {
      refresh_token: tokens['refresh_token'],
    });
    for (const presented of [tokens, next]) await this.everyForm(presented);
    for (const presented of [tokens, next]) await this.everyRoute(account, presented);
    await this.raw(
      `GET /${PLANTED['path segment']} HTTP/1.1\r\nAuthorization: Bearer ${next['access_token']}\r\n\0`,
    );
    await this.raw(
      `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n${JSON.stringify(account)}`,
    );
  }

  private async everyRoute(account: object, presented: Record<string, string>): Promise<void> {
    const query = `?access_token=${PLANTED['access token in a query']}&q=${PLANTED.query}&email=${PLANTED.email}`;
    const bearer = { Authorization: `Bearer ${presented['access_token']}` };
    const bodies = [
      { refresh_token: presented['refresh_token'] },
      account,
      { ...account, name: { [PLANTED.email]: PLANTED.password } },
      { [PLANTED.email]: PLANTED.password },
      `{"email":"${PLANTED.email}","password":"${PLANTED.password}`,
    ];
    const routes = readFileSync('access.lock', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    for (const [method, path] of [...routes, ['GET', '/nowhere'], ['GET', '/%zz']]) {
      const target = `${path!.replace(/:\w+/g, PLANTED['path segment'])}${query}`;
      for (const body of method === 'GET' ? [undefined] : bodies) {
        await this.ask(method!, target, body, { ...bearer, Cookie: `a=${PLANTED.cookie}` });
        await this.ask(method!, target, body, { Authorization: `Bearer ${presented['access_token']}x` });
        await this.ask(method!, target, body, { Authorization: `Basic ${PLANTED['basic credentials']}` });
      }
    }
  }

  private async everyForm(presented: Record<string, string>): Promise<void> {
    const { access_token, refresh_token } = presented;
    for (const path of ['/oauth/introspect', '/oauth/revoke'])
      for (const token of [access_token, refresh_token, `${access_token}%`, `${refresh_token}&token=x`]) {
        const form = `client_id=planted&client_secret=${PLANTED['client secret']}&token=${token}`;
        await this.ask('POST', path, form, { 'Content-Type': 'application/x-www-form-urlencoded' });
      }
  }

  private async raw(bytes: string): Promise<void> {
    const { hostname, port } = new URL(this.origin);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.end(bytes);
    await once(socket.resume(), 'close');
  }
}

function expectClean({ stdout, stderr }: Program, tokens: readonly string[]): void {
  const said = stdout + stderr;
  const parts = tokens.flatMap((token) => [token, token.split('.')[2] ?? token]);
  for (const [what, value] of [
    ...Object.entries({ ...PLANTED, ...SECRETS }),
    ...parts.map((one) => ['token', one]),
  ]) {
    const at = said.indexOf(value!);
    if (at >= 0) throw new Error(`A ${what} is in the log: …${said.slice(Math.max(0, at - 300), at + 60)}…`);
  }
}

function service(env: Record<string, string>): Program {
  const cheap = { PASSWORD_HASH_MEMORY: '8', PASSWORD_HASH_TIME: '1' };
  return stage.service({
    DATA_DIR: stage.preparedDataDir(),
    LOG_LEVEL: 'trace',
    ...cheap,
    ...SECRETS,
    ...env,
  });
}

describe.each(['ES256', 'HS256'])('a whole run at LOG_LEVEL=trace, with %s', (algorithm) => {
  it('tells of every request, and nothing of what was planted', async () => {
    const program = service({ JWT_ALGORITHM: algorithm });
    const visitor = new Visitor(await program.ready());
    await visitor.drive();
    expect(visitor.tokens.length).toBeGreaterThanOrEqual(4);
    program.signal('SIGTERM');
    await program.ended();
    const lines = program.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(50);
    const finished = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(finished.filter(({ msg }) => msg === 'request')).not.toEqual([]);
    for (const line of finished.filter(({ msg }) => msg === 'request'))
      expect(line['request_id']).toBeTruthy();
    expectClean(program, visitor.tokens);
  });
});

(server ? describe : describe.skip)('a database that fails in the middle', () => {
  const sql = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: server!.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };

  it('is told of with its errors, and nothing of what was planted', async () => {
    const program = service({ DATABASE_URL: server!.url });
    const visitor = new Visitor(await program.ready());
    await visitor.drive();
    const again = { email: `second.${PLANTED.email}`, password: PLANTED.password, name: PLANTED.name };
    // PostgreSQL repeats values in messages and details: a row that failed, a text that is no number.
    await sql('ALTER TABLE users ADD CONSTRAINT short CHECK (length(email) < 3) NOT VALID');
    expect((await visitor.ask('POST', '/auth/register', again)).status).toBe(500);
    await sql(
      'ALTER TABLE users DROP CONSTRAINT short',
      'DROP INDEX IF EXISTS users_search',
      'ALTER TABLE users ALTER COLUMN name TYPE integer USING NULL',
    );
    expect((await visitor.ask('POST', '/auth/register', again)).status).toBe(500);
    await sql(
      `CREATE FUNCTION complain() RETURNS trigger AS
       $$ BEGIN RAISE EXCEPTION 'not % of %', NEW.email, NEW.id; END $$ LANGUAGE plpgsql`,
      'ALTER TABLE users ALTER COLUMN name TYPE text',
      'CREATE TRIGGER complains BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION complain()',
    );
    expect((await visitor.ask('POST', '/auth/register', again)).status).toBe(500);
    await sql(
      'ALTER TABLE passwords RENAME TO passwords_gone',
      'ALTER TABLE sessions RENAME TO sessions_gone',
    );
    await visitor.drive();
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await visitor.drive();
    await until(() => /"level":"error"/.test(program.stdout));
    await program.end();
    const errors = program.stdout.split('\n').filter((line) => line.includes('"level":"error"'));
    expect(errors.length).toBeGreaterThan(5);
    expect(errors.join()).toContain('passwords');
    expectClean(program, visitor.tokens);
  });
});
