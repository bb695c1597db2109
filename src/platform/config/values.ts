import type { Rate } from './parsers.js';
import type { RedisServer } from './redis-server.js';

/** Which rules apply: only `production` insists on real secrets and a real database. */
export type Environment = 'development' | 'test' | 'production';

/** The signature algorithms an access token can have; `none` is never one of them. */
export type JwtAlgorithm = 'ES256' | 'RS256' | 'HS256';

/** How much is logged. */
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What bounds how often anybody may try. */
export interface RateLimitSettings {
  readonly on: boolean;
  readonly loginPair: Rate;
  readonly loginAddress: Rate;
  readonly loginAccount: Rate;
  readonly loginFamiliarSeconds: number;
  readonly register: Rate;
  readonly refreshSession: Rate;
  readonly refreshRefused: Rate;
  readonly clientRefused: Rate;
}

/** Where spans are sent, and of what. */
export interface TracingSettings {
  readonly endpoint: string;
  readonly service: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** The settings as given: what depends on the port (`issuer`, `audience`) is still absent where it was not set. */
export interface ConfigurationValues {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  readonly issuer: string | undefined;
  readonly audience: readonly string[] | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** The files that secrets were read from. */
  readonly secretFiles: readonly string[];
  readonly databaseUrl: string | undefined;
  readonly databaseDirectUrl: string | undefined;
  readonly databaseWaitSeconds: number;
  readonly redis: RedisServer | undefined;
  readonly embeddedDatabaseAllowed: boolean;
  readonly secretKey: Buffer | undefined;
  readonly secretKeyPrevious: Buffer | undefined;
  readonly jwtAlgorithm: JwtAlgorithm;
  readonly jwtSecret: string | undefined;
  readonly jwtSecretPrevious: string | undefined;
  /** How long a key signs before the next one does. */
  readonly keyRotationSeconds: number;
  readonly accessTokenTtlSeconds: number;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly shutdownDelaySeconds: number;
  readonly maxSessionsPerUser: number;
  readonly revocationMaxStalenessSeconds: number;
  readonly revocationStale: 'refuse' | 'allow';
  readonly metricsHost: string;
  readonly metricsPort: number | undefined;
  /** Absent: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Whether refresh tokens travel in a cookie. */
  readonly refreshCookie: boolean;
  readonly docs: boolean;
  readonly logLevel: LogLevel;
  readonly rateLimits: RateLimitSettings;
  readonly passwordWaitLimitSeconds: number;
  /** 0: no limit. */
  readonly eventLoopDelayLimitMs: number;
  /** How many passwords are hashed at once. Absent: every core but one, as far as memory goes. */
  readonly passwordThreads: number | undefined;
  /** What the process may take. Absent: what its container may, or what the machine has. */
  readonly memoryLimitBytes: number | undefined;
  readonly argon2: { readonly memoryKib: number; readonly timeCost: number; readonly parallelism: number };
}

/** What could be read; undefined where a mistake was made. */
export type Draft = { [K in keyof ConfigurationValues]: ConfigurationValues[K] | undefined };
