import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Configuration } from '../config/index.js';
import { SCRIPTS, type ScriptName } from './redis-scripts.js';

/** Of one command: what is longer under way is decided without Redis. */
const COMMAND_LIMIT_MS = 250;
const CONNECT_LIMIT_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

export type RedisServer = NonNullable<Configuration['redis']>;

type Run = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<unknown>;

/**
 * A connection that is either proven or not asked. The first command that fails or is late ends it; the next is made
 * aside, and asked only when it has done what it is for. So whoever waits for a Redis that hangs has been asking at
 * the moment at which it began to hang, and nobody after that.
 */
export class RedisConnection {
  private readonly logger = new Logger('RedisConnection');
  private client: Redis | undefined;
  private proven = false;
  private away = false;
  private stopped = false;
  private pause = FIRST_PAUSE_MS;
  private timer: NodeJS.Timeout | undefined;

  /** @param prove asks for what the connection is for; where it rejects, the connection is of no use */
  constructor(
    private readonly server: RedisServer,
    private readonly prove: () => Promise<unknown>,
  ) {}

  /** Whether Redis answers, as far as is known. */
  get up(): boolean {
    return this.proven;
  }

  /** Connects. Resolves also where there is no Redis: it is tried again until `stop`. */
  async start(): Promise<void> {
    await this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.proven = false;
    clearTimeout(this.timer);
    this.client?.disconnect();
  }

  /** Runs a script. @throws where Redis did not answer in time, or refused; the connection is then lost. */
  async run(
    script: ScriptName,
    keys: readonly string[],
    rest: readonly (string | number)[],
  ): Promise<unknown> {
    const { client } = this;
    if (client === undefined) throw new Error('Redis is away.');
    try {
      const scripts = client as unknown as Record<ScriptName, Run>;
      return await scripts[script](keys.length, ...keys, ...rest);
    } catch (error) {
      this.lose(client, error);
      throw error;
    }
  }

  private async connect(): Promise<void> {
    const client = new Redis({
      ...this.server,
      scripts: SCRIPTS,
      connectionName: 'sumun',
      lazyConnect: true,
      connectTimeout: CONNECT_LIMIT_MS,
      commandTimeout: COMMAND_LIMIT_MS,
      // It is never made anew, and nothing waits for it.
      retryStrategy: null,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    });
    this.client = client;
    let last: unknown;
    client.on('error', (error) => (last = error));
    client.on('end', () => this.lose(client, last));
    const late = setTimeout(() => client.disconnect(), CONNECT_LIMIT_MS + COMMAND_LIMIT_MS);
    try {
      await client.connect();
      await this.prove();
    } catch (error) {
      this.lose(client, last ?? error);
    } finally {
      clearTimeout(late);
    }
    if (this.client === client && !this.stopped) this.gain();
  }

  private gain(): void {
    this.proven = true;
    this.pause = FIRST_PAUSE_MS;
    if (this.away) this.logger.warn('Redis answers again: rate limits are shared.');
    this.away = false;
  }

  private lose(client: Redis, error: unknown): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.proven = false;
    client.disconnect();
    if (this.stopped) return;
    if (!this.away) {
      this.logger.warn(
        `Redis is away (${reasonOf(error)}); each node goes by its own rate limits meanwhile.`,
      );
    }
    this.away = true;
    this.timer = setTimeout(() => void this.connect(), this.pause).unref();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}

const ENDED = 'the connection ended';

/** A word of the protocol's or the system's. Not the error itself: that of AUTH holds the password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return ENDED;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return code;
  if (error.message === 'Command timed out') return `no answer within ${COMMAND_LIMIT_MS} ms`;
  return /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? ENDED;
}
