import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { Configuration } from './configuration.js';
import { productionMistakes, relationMistakes } from './cross-checks.js';
import { ConfigurationError, type Mistake } from './mistake.js';
import { Refusal } from './parsers.js';
import type { ConfigurationValues, Draft, Environment, RateLimitSettings } from './values.js';
import type { Variable } from './variable.js';
import { VARIABLES, type VariableName } from './variables.js';

type Given = Readonly<Record<string, string | undefined>>;
type Value<N extends VariableName> = ReturnType<(typeof VARIABLES)[N]['parse']>;

/**
 * Reads and validates the whole configuration.
 *
 * @param env the environment's variables; those already set win over `.env`
 * @param directory where `.env` lies and `DATA_DIR` is resolved from
 * @throws ConfigurationError naming every mistake at once
 */
export function loadConfiguration(env: Given = process.env, directory = process.cwd()): Configuration {
  const mistakes: Mistake[] = [];
  const named = new Reader(env, 'development', mistakes).read('NODE_ENV');
  const environment = named ?? 'production';
  // A `.env` lying beside a production build must not decide anything there.
  const path = join(directory, '.env');
  const file = environment === 'production' ? {} : dotEnv(path, mistakes);
  const reader = new Reader({ ...file, ...present(env) }, environment, mistakes);
  if (holdsSecret(file)) reader.secretFiles.push(path);
  const values = readValues(reader, directory);
  mistakes.push(...relationMistakes(values, mistakes));
  if (named === 'production') mistakes.push(...productionMistakes(values, mistakes));
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return new Configuration(values as ConfigurationValues);
}

function readValues(reader: Reader, directory: string): Draft {
  const dataDir = reader.read('DATA_DIR');
  return {
    environment: reader.environment,
    host: reader.read('HOST'),
    port: reader.read('PORT'),
    issuer: reader.read('ISSUER'),
    audience: reader.read('AUDIENCE'),
    dataDir: dataDir === undefined ? undefined : resolve(directory, dataDir),
    secretFiles: reader.secretFiles,
    databaseUrl: reader.read('DATABASE_URL'),
    databaseDirectUrl: reader.read('DATABASE_DIRECT_URL'),
    databaseWaitSeconds: reader.read('DATABASE_WAIT'),
    redis: reader.read('REDIS_URL'),
    embeddedDatabaseAllowed: reader.read('EMBEDDED_DATABASE') === 'allow',
    ...readKeys(reader),
    accessTokenTtlSeconds: reader.read('ACCESS_TOKEN_TTL'),
    refreshIdleTtlSeconds: reader.read('REFRESH_IDLE_TTL'),
    refreshAbsoluteTtlSeconds: reader.read('REFRESH_ABSOLUTE_TTL'),
    refreshGraceSeconds: reader.read('REFRESH_GRACE'),
    shutdownDelaySeconds: reader.read('SHUTDOWN_DELAY'),
    maxSessionsPerUser: reader.read('MAX_SESSIONS_PER_USER'),
    revocationMaxStalenessSeconds: reader.read('REVOCATION_MAX_STALENESS'),
    revocationStale: reader.read('REVOCATION_STALE'),
    metricsHost: reader.read('METRICS_HOST'),
    metricsPort: reader.read('METRICS_PORT'),
    tracing: readTracing(reader),
    trustedProxies: reader.read('TRUSTED_PROXIES') ?? [],
    corsOrigins: reader.read('CORS_ORIGINS') ?? [],
    refreshCookie: reader.read('REFRESH_COOKIE'),
    docs: reader.read('DOCS'),
    logLevel: reader.read('LOG_LEVEL'),
    argon2: readHashing(reader),
    rateLimits: readRateLimits(reader),
    ...readOverload(reader),
  };
}

function readKeys(reader: Reader) {
  return {
    secretKey: reader.read('SECRET_KEY'),
    secretKeyPrevious: reader.read('SECRET_KEY_PREVIOUS'),
    jwtAlgorithm: reader.read('JWT_ALGORITHM'),
    jwtSecret: reader.read('JWT_SECRET'),
    jwtSecretPrevious: reader.read('JWT_SECRET_PREVIOUS'),
    keyRotationSeconds: reader.read('KEY_ROTATION'),
  };
}

function readTracing(reader: Reader): Draft['tracing'] {
  const endpoint = reader.read('OTEL_EXPORTER_OTLP_ENDPOINT');
  const service = reader.read('OTEL_SERVICE_NAME');
  const share = reader.read('OTEL_TRACES_SAMPLER_ARG');
  if (endpoint === undefined || service === undefined || share === undefined) return undefined;
  return { endpoint, service, share };
}

function readHashing(reader: Reader): Draft['argon2'] {
  const memoryKib = reader.read('PASSWORD_HASH_MEMORY');
  const timeCost = reader.read('PASSWORD_HASH_TIME');
  const parallelism = reader.read('PASSWORD_HASH_PARALLELISM');
  if (memoryKib === undefined || timeCost === undefined || parallelism === undefined) return undefined;
  return { memoryKib, timeCost, parallelism };
}

function readOverload(reader: Reader) {
  return {
    passwordWaitLimitSeconds: reader.read('PASSWORD_WAIT_LIMIT'),
    eventLoopDelayLimitMs: reader.read('EVENT_LOOP_DELAY_LIMIT'),
    passwordThreads: reader.read('PASSWORD_THREADS'),
    memoryLimitBytes: reader.read('MEMORY_LIMIT'),
  };
}

/** Complete, unless a mistake in one of them stops the start. */
function readRateLimits(reader: Reader): RateLimitSettings {
  return {
    on: reader.read('RATE_LIMITS'),
    loginPair: reader.read('RATE_LIMIT_LOGIN_PAIR'),
    loginAddress: reader.read('RATE_LIMIT_LOGIN_ADDRESS'),
    loginAccount: reader.read('RATE_LIMIT_LOGIN_ACCOUNT'),
    loginFamiliarSeconds: reader.read('LOGIN_FAMILIAR_TTL'),
    register: reader.read('RATE_LIMIT_REGISTER'),
    refreshSession: reader.read('RATE_LIMIT_REFRESH_SESSION'),
    refreshRefused: reader.read('RATE_LIMIT_REFRESH_REFUSED'),
    clientRefused: reader.read('RATE_LIMIT_CLIENT_REFUSED'),
  } as RateLimitSettings;
}

class Reader {
  readonly secretFiles: string[] = [];

  constructor(
    private readonly given: Given,
    readonly environment: Environment,
    private readonly mistakes: Mistake[],
  ) {}

  read<N extends VariableName>(name: N): Value<N> | undefined {
    const variable = VARIABLES[name] as Variable<Value<N>>;
    try {
      const text = this.text(name, variable);
      return text === undefined ? undefined : variable.parse(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.mistakes.push(
        error instanceof FileRefusal
          ? {
              variable: `${name}_FILE`,
              problem: error.message,
              example: `/run/secrets/${name.toLowerCase()}`,
            }
          : { variable: name, problem: `${error.message}${this.origin(name)}`, example: variable.example },
      );
      return undefined;
    }
  }

  /** An empty value counts as none: that is how Compose and systemd files unset a variable. */
  private text(name: string, variable: Variable<unknown>): string | undefined {
    const direct = this.given[name] || undefined;
    const file = (variable.secret && this.given[`${name}_FILE`]) || undefined;
    if (direct !== undefined && file !== undefined) {
      throw new Refusal(`and ${name}_FILE are both set; leave one of them out.`);
    }
    if (file === undefined) return direct ?? this.fallback(variable);
    this.secretFiles.push(resolve(file));
    return secretFile(file);
  }

  /** Where a secret that was not given itself is to be mended. */
  private origin(name: VariableName): string {
    const [direct, file] = [this.given[name], this.given[`${name}_FILE`]];
    return !direct && file && VARIABLES[name].secret ? ` It was read from ${shown(file)}.` : '';
  }

  private fallback({ fallback }: Variable<unknown>): string | undefined {
    if (typeof fallback !== 'object') return fallback;
    return this.environment === 'production' ? fallback.production : fallback.development;
  }
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'this user may not read it'],
  ['EISDIR', 'it is a directory'],
]);

/** Is about the file that a secret stands in, and not about the secret. */
class FileRefusal extends Refusal {}

function secretFile(path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new FileRefusal(`names ${shown(path)}, and ${REASONS.get(code) ?? `it cannot be read (${code})`}.`);
  }
  const secret = content.replace(/\r?\n$/, '');
  if (secret === '') throw new FileRefusal(`names ${shown(path)}, and that file is empty.`);
  return secret;
}

/** A secret that was put where its path belongs is not repeated. */
function shown(path: string): string {
  return /^\.{0,2}\//.test(path) ? path : 'a file (not shown: it might be the secret itself)';
}

function holdsSecret(file: Given): boolean {
  return Object.entries<Variable<unknown>>(VARIABLES).some(([name, { secret }]) => secret && file[name]);
}

function dotEnv(path: string, mistakes: Mistake[]): Given {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code !== 'ENOENT') {
      const problem = `cannot be read: ${REASONS.get(code) ?? code}. Make ${path} a file that this user may read, or remove it.`;
      mistakes.push({ variable: '.env', problem });
    }
    return {};
  }
  const file = parseEnv(content) as Record<string, string>;
  for (const [variable, { environmentOnly, example }] of Object.entries<Variable<unknown>>(VARIABLES)) {
    if (!environmentOnly || file[variable] === undefined) continue;
    const problem = 'cannot be set in .env, which is read too late for it; set it in the environment.';
    mistakes.push({ variable, problem, example });
  }
  return file;
}

function present(env: Given): Given {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
