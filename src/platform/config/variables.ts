import { HTTP_VARIABLES } from './http-variables.js';
import { KEY_VARIABLES } from './key-variables.js';
import { LIMIT_VARIABLES } from './limit-variables.js';
import { METRICS_VARIABLES } from './metrics-variables.js';
import { duration, host, integer, issuer, list, oneOf, postgresUrl, text } from './parsers.js';
import { redisServer } from './redis-server.js';
import { TRACING_VARIABLES } from './tracing-variables.js';
import { variable } from './variable.js';

/** Every variable the service acts on, in the order in which an operator meets them. */
export const VARIABLES = {
  NODE_ENV: variable({
    fallback: 'development',
    meaning: {
      en: '`development`, `test` or `production`; only `production` insists on secrets and a database of its own',
      ko: '`development`, `test`, `production` 중 하나. `production`에서만 비밀 값과 별도의 데이터베이스를 요구합니다',
    },
    example: 'production',
    environmentOnly: true,
    parse: oneOf('development', 'test', 'production'),
  }),
  HOST: variable({
    fallback: { development: 'localhost', production: '0.0.0.0' },
    meaning: {
      en: 'where it listens; `localhost` means both loopback addresses',
      ko: '요청을 받을 주소. `localhost`는 두 루프백 주소를 모두 뜻합니다',
    },
    example: '0.0.0.0',
    parse: host,
  }),
  PORT: variable({
    fallback: '3000',
    meaning: {
      en: 'the port it listens on; `0` picks a free one and prints it',
      ko: '요청을 받을 포트. `0`이면 빈 포트를 골라 출력합니다',
    },
    example: '8080',
    parse: integer(0, 65_535),
  }),
  ISSUER: variable({
    absent: {
      en: '`http://localhost:{PORT}`; required in production',
      ko: '`http://localhost:{PORT}`. 운영 환경에서는 필수',
    },
    meaning: {
      en: '`iss` of every token and the base of discovery: an origin without path, https in production',
      ko: '모든 토큰의 `iss`이자 디스커버리의 기준이 되는, 경로 없는 오리진. 운영 환경에서는 https여야 합니다',
    },
    example: 'https://auth.example.com',
    parse: issuer,
  }),
  AUDIENCE: variable({
    absent: { en: 'the issuer', ko: '발급자(`ISSUER`)' },
    meaning: {
      en: '`aud` of every access token, comma-separated',
      ko: '모든 액세스 토큰의 `aud`. 쉼표로 구분합니다',
    },
    example: 'https://api.example.com,https://files.example.com',
    parse: list,
  }),
  DATA_DIR: variable({
    fallback: './data',
    meaning: {
      en: 'holds the embedded database, development secrets and the control socket',
      ko: '내장 데이터베이스, 개발용 비밀 값, 제어 소켓을 두는 디렉터리',
    },
    example: '/var/lib/sumun',
    parse: text,
  }),
  DATABASE_URL: variable({
    absent: {
      en: 'none: PGlite under `DATA_DIR`; required in production',
      ko: '없음: `DATA_DIR` 아래의 PGlite. 운영 환경에서는 필수',
    },
    meaning: {
      en: 'the PostgreSQL database',
      ko: 'PostgreSQL 데이터베이스',
    },
    example: 'postgres://sumun:password@db.example.com:5432/sumun',
    secret: true,
    parse: postgresUrl,
  }),
  DATABASE_DIRECT_URL: variable({
    absent: { en: '`DATABASE_URL`', ko: '`DATABASE_URL`' },
    meaning: {
      en: 'the server itself, where `DATABASE_URL` is a transaction pooler: for LISTEN, migrations and locks; without it, what other nodes revoke counts within a second instead of at once',
      ko: '`DATABASE_URL`이 트랜잭션 풀러일 때 서버로 가는 직접 연결. LISTEN, 마이그레이션, 잠금에 씁니다. 없으면 다른 노드의 폐기가 즉시가 아니라 1초 안에 반영됩니다',
    },
    example: 'postgres://sumun:password@db.example.com:5432/sumun',
    secret: true,
    parse: postgresUrl,
  }),
  DATABASE_WAIT: variable({
    fallback: '30s',
    meaning: {
      en: 'how long a start waits for a PostgreSQL server that does not answer yet; `0` does not wait',
      ko: '시작할 때 아직 응답하지 않는 PostgreSQL 서버를 기다리는 시간. `0`이면 기다리지 않습니다',
    },
    example: '2m',
    parse: duration('0', '1h'),
  }),
  REDIS_URL: variable({
    absent: { en: 'none: in memory, each node its own', ko: '없음: 노드마다 각자의 메모리' },
    meaning: {
      en: 'a Redis server over which all nodes share their rate limits; while it is away each node goes by its own',
      ko: '모든 노드가 요청 횟수 제한을 공유하는 Redis 서버. 응답하지 않는 동안에는 노드마다 각자의 제한을 적용합니다',
    },
    example: 'rediss://sumun:password@redis.example.com:6379/0',
    secret: true,
    parse: redisServer,
  }),
  EMBEDDED_DATABASE: variable({
    absent: { en: 'none', ko: '없음' },
    meaning: {
      en: '`allow` lets production run on the embedded database: one process on one machine',
      ko: '`allow`이면 운영 환경에서도 내장 데이터베이스를 씁니다. 한 머신의 한 프로세스로 제한됩니다',
    },
    example: 'allow',
    parse: oneOf('allow'),
  }),
  ...KEY_VARIABLES,
  ACCESS_TOKEN_TTL: variable({
    fallback: '10m',
    meaning: {
      en: 'how long an access token lives',
      ko: '액세스 토큰의 수명',
    },
    example: '5m',
    parse: duration('1s', '24h'),
  }),
  REFRESH_IDLE_TTL: variable({
    fallback: '30d',
    meaning: {
      en: 'how long a session lives without being refreshed',
      ko: '갱신하지 않아도 세션이 유지되는 기간',
    },
    example: '14d',
    parse: duration('1s', '365d'),
  }),
  REFRESH_ABSOLUTE_TTL: variable({
    fallback: '90d',
    meaning: {
      en: 'how long a session lives at most',
      ko: '세션이 유지되는 최대 기간',
    },
    example: '180d',
    parse: duration('1s', '730d'),
  }),
  REFRESH_GRACE: variable({
    fallback: '30s',
    meaning: {
      en: 'how long the refresh token just replaced is answered with its successor once more',
      ko: '방금 교체된 리프레시 토큰에 같은 후속 토큰을 다시 돌려주는 기간',
    },
    example: '10s',
    parse: duration('0', '5m'),
  }),
  MAX_SESSIONS_PER_USER: variable({
    fallback: '100',
    meaning: {
      en: 'beyond it the oldest session of the user ends',
      ko: '이 수를 넘으면 사용자의 가장 오래된 세션이 끝납니다',
    },
    example: '10',
    parse: integer(1, 10_000),
  }),
  REVOCATION_MAX_STALENESS: variable({
    fallback: '60s',
    meaning: {
      en: 'how long a node that cannot read what others revoked goes by what it knows',
      ko: '다른 노드가 폐기한 내역을 읽지 못하는 노드가 이미 아는 내용만으로 응답하는 시간',
    },
    example: '30s',
    parse: duration('2s', '1h'),
  }),
  REVOCATION_STALE: variable({
    fallback: 'refuse',
    meaning: {
      en: 'what it does beyond that: `refuse` answers protected routes with 503, `allow` goes on',
      ko: '그 시간이 지난 뒤의 동작. `refuse`이면 보호된 경로에 503으로 응답하고, `allow`이면 계속 응답합니다',
    },
    example: 'allow',
    parse: oneOf('refuse', 'allow'),
  }),
  PASSWORD_HASH_MEMORY: variable({
    fallback: '19456',
    meaning: {
      en: 'memory of one argon2id password hash, in KiB; at least 7168 in production',
      ko: 'argon2id 비밀번호 해시 한 번에 쓰는 메모리(KiB). 운영 환경에서는 최소 7168',
    },
    example: '65536',
    parse: integer(8, 4_194_304),
  }),
  PASSWORD_HASH_TIME: variable({
    fallback: '2',
    meaning: {
      en: 'passes of one password hash',
      ko: '비밀번호 해시의 반복 횟수',
    },
    example: '3',
    parse: integer(1, 100),
  }),
  PASSWORD_HASH_PARALLELISM: variable({
    fallback: '1',
    meaning: {
      en: 'lanes of one password hash',
      ko: '비밀번호 해시의 병렬 레인 수',
    },
    example: '1',
    parse: integer(1, 16),
  }),
  ...HTTP_VARIABLES,
  ...LIMIT_VARIABLES,
  ...METRICS_VARIABLES,
  ...TRACING_VARIABLES,
  DOCS: variable({
    fallback: 'on',
    meaning: {
      en: '`off` hides `/openapi.json` and `/docs`',
      ko: '`off`이면 `/openapi.json`과 `/docs`를 숨깁니다',
    },
    example: 'off',
    parse: (value: string): boolean => oneOf('on', 'off')(value) === 'on',
  }),
  LOG_LEVEL: variable({
    fallback: 'info',
    meaning: {
      en: '`silent`, `fatal`, `error`, `warn`, `info`, `debug` or `trace`',
      ko: '`silent`, `fatal`, `error`, `warn`, `info`, `debug`, `trace` 중 하나',
    },
    example: 'warn',
    parse: oneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'),
  }),
  SHUTDOWN_DELAY: variable({
    fallback: { development: '0', production: '5s' },
    meaning: {
      en: 'on SIGTERM, how long requests are still served after `/health/ready` has turned 503',
      ko: 'SIGTERM을 받아 `/health/ready`가 503이 된 뒤에도 요청을 계속 처리하는 시간',
    },
    example: '10s',
    parse: duration('0', '5m'),
  }),
} as const;

/** The name of a variable. */
export type VariableName = keyof typeof VARIABLES;
