/** Which rules apply: only `production` insists on real secrets and a real database. */
export type Environment = 'development' | 'test' | 'production';

/** The signature algorithms an access token can have; `none` is never one of them. */
export type JwtAlgorithm = 'ES256' | 'RS256' | 'HS256';

/** How much is logged. */
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The settings as given: what depends on the port (`issuer`, `audience`) is still absent where it was not set. */
export interface ConfigurationValues {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  readonly issuer: string | undefined;
  readonly audience: readonly string[] | undefined;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly databaseDirectUrl: string | undefined;
  readonly databaseWaitSeconds: number;
  readonly embeddedDatabaseAllowed: boolean;
  readonly secretKey: Buffer | undefined;
  readonly secretKeyPrevious: Buffer | undefined;
  readonly jwtAlgorithm: JwtAlgorithm;
  readonly jwtSecret: string | undefined;
  readonly jwtSecretPrevious: string | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly shutdownDelaySeconds: number;
  readonly maxSessionsPerUser: number;
  readonly docs: boolean;
  readonly logLevel: LogLevel;
  readonly argon2: { readonly memoryKib: number; readonly timeCost: number; readonly parallelism: number };
}

/** What could be read; undefined where a mistake was made. */
export type Draft = { [K in keyof ConfigurationValues]: ConfigurationValues[K] | undefined };
