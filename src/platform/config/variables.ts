import {
  duration,
  host,
  integer,
  issuer,
  key,
  list,
  oneOf,
  postgresUrl,
  sharedSecret,
  text,
} from './parsers.js';

/** One environment variable: all that parsing, the README and `.env` say of it. */
export interface Variable<T> {
  /** Parsed when nothing is given; a pair where production differs. */
  readonly fallback?: string | { readonly development: string; readonly production: string };
  /** How the absence of a fallback reads in the table. */
  readonly absent?: string;
  readonly meaning: string;
  readonly example: string;
  /** Never shown, and can be given as a file by `NAME_FILE`. */
  readonly secret?: true;
  parse(text: string): T;
}

const KEY_EXAMPLE = '"$(openssl rand 32 | basenc --base64url | tr -d =)"';

function variable<T>(declaration: Variable<T>): Variable<T> {
  return declaration;
}

/** Every variable the service acts on, in the order in which an operator meets them. */
export const VARIABLES = {
  NODE_ENV: variable({
    fallback: 'development',
    meaning:
      '`development`, `test` or `production`; only `production` insists on secrets and a database of its own',
    example: 'production',
    parse: oneOf('development', 'test', 'production'),
  }),
  HOST: variable({
    fallback: { development: 'localhost', production: '0.0.0.0' },
    meaning: 'where it listens; `localhost` means both loopback addresses',
    example: '0.0.0.0',
    parse: host,
  }),
  PORT: variable({
    fallback: '3000',
    meaning: 'the port it listens on; `0` picks a free one and prints it',
    example: '8080',
    parse: integer(0, 65_535),
  }),
  ISSUER: variable({
    absent: '`http://localhost:{PORT}`; required in production',
    meaning: '`iss` of every token and the base of discovery: an origin without path, https in production',
    example: 'https://auth.example.com',
    parse: issuer,
  }),
  AUDIENCE: variable({
    absent: 'the issuer',
    meaning: '`aud` of every access token, comma-separated',
    example: 'https://api.example.com,https://files.example.com',
    parse: list,
  }),
  DATA_DIR: variable({
    fallback: './data',
    meaning: 'holds the embedded database, development secrets and the control socket',
    example: '/var/lib/sumun',
    parse: text,
  }),
  DATABASE_URL: variable({
    absent: 'none: PGlite under `DATA_DIR`; required in production',
    meaning: 'the PostgreSQL database',
    example: 'postgres://sumun:password@db.example.com:5432/sumun',
    secret: true,
    parse: postgresUrl,
  }),
  DATABASE_DIRECT_URL: variable({
    absent: '`DATABASE_URL`',
    meaning: 'for LISTEN, migrations and locks, where `DATABASE_URL` is a transaction pooler',
    example: 'postgres://sumun:password@db.example.com:5432/sumun',
    secret: true,
    parse: postgresUrl,
  }),
  EMBEDDED_DATABASE: variable({
    absent: 'none',
    meaning: '`allow` lets production run on the embedded database: one process on one machine',
    example: 'allow',
    parse: oneOf('allow'),
  }),
  SECRET_KEY: variable({
    absent: 'made under `DATA_DIR` in development; required in production',
    meaning: '32 bytes in base64url, from which the keys that encrypt and authenticate are derived',
    example: KEY_EXAMPLE,
    secret: true,
    parse: key,
  }),
  SECRET_KEY_PREVIOUS: variable({
    absent: 'none',
    meaning: 'the `SECRET_KEY` before a change: still opens and checks, makes nothing new',
    example: KEY_EXAMPLE,
    secret: true,
    parse: key,
  }),
  JWT_ALGORITHM: variable({
    fallback: 'ES256',
    meaning: 'signs access tokens: `ES256`, `RS256`, or `HS256` with a shared secret',
    example: 'ES256',
    parse: oneOf('ES256', 'RS256', 'HS256'),
  }),
  JWT_SECRET: variable({
    absent: 'made under `DATA_DIR` in development; required in production with `HS256`',
    meaning: 'the secret of `HS256`, at least 32 bytes; whoever holds it can mint an admin',
    example: '"$(openssl rand -base64 48)"',
    secret: true,
    parse: sharedSecret,
  }),
  JWT_SECRET_PREVIOUS: variable({
    absent: 'none',
    meaning: 'the `JWT_SECRET` before a change: still verifies, signs nothing new',
    example: '"$(openssl rand -base64 48)"',
    secret: true,
    parse: sharedSecret,
  }),
  ACCESS_TOKEN_TTL: variable({
    fallback: '10m',
    meaning: 'how long an access token lives',
    example: '5m',
    parse: duration('1s', '24h'),
  }),
  REFRESH_IDLE_TTL: variable({
    fallback: '30d',
    meaning: 'how long a session lives without being refreshed',
    example: '14d',
    parse: duration('1s', '365d'),
  }),
  REFRESH_ABSOLUTE_TTL: variable({
    fallback: '90d',
    meaning: 'how long a session lives at most',
    example: '180d',
    parse: duration('1s', '730d'),
  }),
  REFRESH_GRACE: variable({
    fallback: '30s',
    meaning: 'how long the refresh token just replaced is answered with its successor once more',
    example: '10s',
    parse: duration('0', '5m'),
  }),
  MAX_SESSIONS_PER_USER: variable({
    fallback: '100',
    meaning: 'beyond it the oldest session of the user ends',
    example: '10',
    parse: integer(1, 10_000),
  }),
  PASSWORD_HASH_MEMORY: variable({
    fallback: '19456',
    meaning: 'memory of one argon2id password hash, in KiB; at least 7168 in production',
    example: '65536',
    parse: integer(8, 4_194_304),
  }),
  PASSWORD_HASH_TIME: variable({
    fallback: '2',
    meaning: 'passes of one password hash',
    example: '3',
    parse: integer(1, 100),
  }),
  PASSWORD_HASH_PARALLELISM: variable({
    fallback: '1',
    meaning: 'lanes of one password hash',
    example: '1',
    parse: integer(1, 16),
  }),
  DOCS: variable({
    fallback: 'on',
    meaning: '`off` hides `/openapi.json` and `/docs`',
    example: 'off',
    parse: (value: string): boolean => oneOf('on', 'off')(value) === 'on',
  }),
  LOG_LEVEL: variable({
    fallback: 'info',
    meaning: '`silent`, `fatal`, `error`, `warn`, `info`, `debug` or `trace`',
    example: 'warn',
    parse: oneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'),
  }),
  SHUTDOWN_DELAY: variable({
    fallback: { development: '0', production: '5s' },
    meaning: 'on SIGTERM, how long requests are still served after `/health/ready` has turned 503',
    example: '10s',
    parse: duration('0', '5m'),
  }),
} as const;

/** The name of a variable. */
export type VariableName = keyof typeof VARIABLES;
