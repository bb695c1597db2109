import { Logger } from '@nestjs/common';
import pg from 'pg';

/** Notified by triggers, with an empty payload, whenever something changes that every node holds in memory. */
const CHANNEL = 'sumun_changes';

const CONNECT_LIMIT_MS = 5_000;
/** A connection that was cut without a word is noticed by the next of these. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_LIMIT_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Listens on a connection of its own, and makes a new one when it is lost. Hints only save time: what they would
 * have told is read each second all the same.
 */
export class HintListener {
  private readonly logger = new Logger('HintListener');
  private stopped = false;
  private lost = false;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param onHint also called when a connection begins to listen: what was hinted before was missed */
  constructor(
    private readonly url: string,
    private readonly onHint: () => void,
  ) {}

  start(): void {
    void this.connect(FIRST_PAUSE_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(pause: number): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      query_timeout: HEARTBEAT_LIMIT_MS,
      keepAlive: true,
      application_name: 'sumun hints',
    });
    this.client = client;
    let over = false;
    const lose = (error?: Error): void => {
      if (over) return;
      over = true;
      this.lose(client, pause, error);
    };
    client.on('error', lose).on('end', () => lose());
    client.on('notification', () => this.onHint());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      return lose(error as Error);
    }
    if (this.lost) this.logger.log('Hints of changes arrive again.');
    this.lost = false;
    pause = FIRST_PAUSE_MS;
    this.onHint();
    this.beat(client, lose);
  }

  private beat(client: pg.Client, lose: (error: Error) => void): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      client.query('SELECT 1').then(() => this.beat(client, lose), lose);
    }, HEARTBEAT_MS).unref();
  }

  private lose(client: pg.Client, pause: number, error: Error | undefined): void {
    clearTimeout(this.timer);
    client.end().catch(() => undefined);
    if (this.stopped) return;
    if (!this.lost) {
      const reason = error?.message ?? 'the connection ended';
      this.logger.warn(`Hints of changes are lost (${reason}); changes are read each second meanwhile.`);
    }
    this.lost = true;
    const next = Math.min(pause * 2, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => void this.connect(next), pause).unref();
  }
}
