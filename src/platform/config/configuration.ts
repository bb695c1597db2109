import { hashesAtOnce, shortageOfMemory } from './hashes-at-once.js';
import { thisMachine } from './machine.js';
import type { ConfigurationValues } from './values.js';

type Settings = Readonly<Omit<ConfigurationValues, 'issuer' | 'audience'>>;

/** The settings as they were read: typed like this, their names stand in `values.ts` alone. */
const Settings = class {
  constructor(values: ConfigurationValues) {
    Object.assign(this, values);
  }
} as new (values: ConfigurationValues) => Settings;

/** The validated settings of the service: what every module is configured by, and nothing else. */
export class Configuration extends Settings {
  readonly production: boolean;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly #values: ConfigurationValues;

  constructor(values: ConfigurationValues) {
    super(values);
    this.#values = values;
    this.production = values.environment === 'production';
    this.issuer = values.issuer ?? `http://localhost:${values.port}`;
    this.audience = values.audience ?? [this.issuer];
  }

  /** How many passwords are hashed at once on this machine. */
  get hashesAtOnce(): number {
    return hashesAtOnce(this, thisMachine());
  }

  /** What to tell where this machine's memory does not do, or not for what is configured. */
  get shortageOfMemory(): string | undefined {
    return shortageOfMemory(this, thisMachine());
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
