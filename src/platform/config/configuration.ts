import type { ConfigurationValues } from './values.js';

/** The validated settings of the service: what every module is configured by, and nothing else. */
export class Configuration implements Readonly<Omit<ConfigurationValues, 'issuer' | 'audience'>> {
  readonly production: boolean;
  readonly environment: ConfigurationValues['environment'];
  readonly host: string;
  readonly port: number;
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly databaseDirectUrl: string | undefined;
  readonly databaseWaitSeconds: number;
  readonly embeddedDatabaseAllowed: boolean;
  readonly secretKey: Buffer | undefined;
  readonly secretKeyPrevious: Buffer | undefined;
  readonly jwtAlgorithm: ConfigurationValues['jwtAlgorithm'];
  readonly jwtSecret: string | undefined;
  readonly jwtSecretPrevious: string | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly shutdownDelaySeconds: number;
  readonly maxSessionsPerUser: number;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly docs: boolean;
  readonly logLevel: ConfigurationValues['logLevel'];
  readonly argon2: ConfigurationValues['argon2'];
  readonly rateLimits: ConfigurationValues['rateLimits'];
  readonly passwordWaitLimitSeconds: number;
  readonly threadPoolSize: number;
  readonly #values: ConfigurationValues;

  constructor(values: ConfigurationValues) {
    this.#values = values;
    const { issuer, audience, ...rest } = values;
    Object.assign(this, rest);
    this.production = values.environment === 'production';
    this.issuer = issuer ?? `http://localhost:${values.port}`;
    this.audience = audience ?? [this.issuer];
  }

  /** The same settings on another port: `PORT=0` is replaced by a free one before the issuer is used. */
  withPort(port: number): Configuration {
    return new Configuration({ ...this.#values, port });
  }

  /** The same settings for a command, whose standard output is its answer: nothing is logged below a warning. */
  forCommand(): Configuration {
    const { logLevel } = this.#values;
    const quiet = logLevel === 'info' || logLevel === 'debug';
    return new Configuration({ ...this.#values, logLevel: quiet ? 'warn' : logLevel });
  }
}
