import { createHmac, randomUUID } from 'node:crypto';
import type { Secrets } from '../crypto/index.js';
import type { Exceeded, LimitedKey, Reservation } from './rate-limits.js';
import { RedisConnection, type RedisServer } from './redis-connection.js';

/** Of every key in Redis; what stands behind it tells of nobody. */
const PREFIX = 'sumun:limit:';

const PROOF: LimitedKey = { limit: { name: 'proof', max: 1_000_000, windowSeconds: 1 }, key: '' };

/**
 * The tries of all nodes, in Redis: of each key a sorted set of the ids of its tries by their times, which expires
 * with the window of the latest.
 */
export class RedisTries {
  private readonly connection: RedisConnection;

  constructor(
    server: RedisServer,
    private readonly secrets: Secrets,
  ) {
    this.connection = new RedisConnection(server, () => this.ask([PROOF], randomUUID()));
  }

  get up(): boolean {
    return this.connection.up;
  }

  start(): Promise<void> {
    return this.connection.start();
  }

  stop(): void {
    this.connection.stop();
  }

  /** Undefined where Redis is away. */
  async reserve(keys: readonly LimitedKey[]): Promise<Reservation | Exceeded | undefined> {
    if (!this.up) return undefined;
    const id = randomUUID();
    const outcome = await this.ask(keys, id).catch(() => undefined);
    if (outcome === undefined) return undefined;
    const [millisLeft = 0, ...over] = outcome;
    if (over.length === 0) return { granted: true, giveBack: () => this.giveBack(keys, id) };
    return {
      granted: false,
      exceeded: over.map((position) => keys[position - 1]!.limit),
      retryAfterSeconds: Math.max(1, Math.ceil(millisLeft / 1000)),
    };
  }

  private async ask(keys: readonly LimitedKey[], id: string): Promise<number[]> {
    const bounds = keys.flatMap(({ limit }) => [limit.max, limit.windowSeconds * 1000]);
    return (await this.connection.run('sumunReserve', this.named(keys), [id, ...bounds])) as number[];
  }

  /** Where it cannot be taken back it counts until it leaves the window: too much rather than too little. */
  private async giveBack(keys: readonly LimitedKey[], id: string): Promise<void> {
    if (this.up) await this.connection.run('sumunGiveBack', this.named(keys), [id]).catch(() => undefined);
  }

  /** An HMAC, for whoever reads Redis could try plain digests of all email addresses that there are. */
  private named(keys: readonly LimitedKey[]): string[] {
    const secret = this.secrets.key('limits').current;
    return keys.map(({ limit, key }) => {
      const digest = createHmac('sha256', secret).update(`${limit.name} ${key}`).digest('base64url');
      return `${PREFIX}${limit.name}:${digest}`;
    });
  }
}
