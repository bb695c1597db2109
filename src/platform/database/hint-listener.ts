import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import pg from 'pg';

/** Notified by triggers, with an empty payload, whenever something changes that every node holds in memory. */
const CHANNEL = 'sumun_changes';

const CONNECT_LIMIT_MS = 5_000;
/** A connection that was cut without a word is noticed by the next of these. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_LIMIT_MS = 5_000;
/** So long a notification of one's own may be under way. */
const ECHO_LIMIT_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Listens on a connection of its own, and makes a new one when it is lost. Hints only save time: what they would
 * have told is read each second all the same.
 */
export class HintListener {
  private readonly logger = new Logger('HintListener');
  /** One for all connections: behind a transaction pooler what was listened to stays with the server's. */
  private readonly echo = `sumun_echo_${randomUUID().replaceAll('-', '')}`;
  private stopped = false;
  private lost = false;
  private warnedOfDeafness = false;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param onHint also called when a connection begins to listen: what was hinted before was missed
   * @param notify sends an empty notification on a channel, over any other connection
   */
  constructor(
    private readonly url: string,
    private readonly onHint: () => void,
    private readonly notify: (channel: string) => Promise<unknown>,
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
    const connection = { over: false };
    const lose = (error?: Error): void => {
      if (connection.over) return;
      connection.over = true;
      this.lose(client, pause, error);
    };
    client.on('error', lose).on('end', () => lose());
    const heard = new Promise<boolean>((resolve) => {
      client.on('notification', ({ channel }) => (channel === this.echo ? resolve(true) : this.onHint()));
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}; LISTEN ${this.echo}`);
    } catch (error) {
      return lose(error as Error);
    }
    if (this.lost) this.logger.log('Hints of changes arrive again.');
    this.lost = false;
    pause = FIRST_PAUSE_MS;
    this.onHint();
    this.beat(client, lose);
    const hears = await this.hears(heard);
    if (connection.over || this.stopped) return;
    client.query(`UNLISTEN ${this.echo}`).catch(() => undefined);
    if (hears === false) this.warnOfDeafness();
  }

  /**
   * Behind a transaction pooler LISTEN succeeds and nothing ever arrives: only hearing oneself proves that one hears.
   * Undefined where nothing is proved: a notification could not be sent.
   */
  private async hears(heard: Promise<boolean>): Promise<boolean | undefined> {
    try {
      await this.notify(this.echo);
    } catch {
      return undefined;
    }
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ECHO_LIMIT_MS).unref();
    });
    return Promise.race([heard, silence]).finally(() => clearTimeout(timer));
  }

  private warnOfDeafness(): void {
    if (this.warnedOfDeafness) return;
    this.warnedOfDeafness = true;
    this.logger.warn(
      'Hints of changes do not arrive, as behind a transaction pooler; changes are read each second. Set ' +
        'DATABASE_DIRECT_URL to the server itself, and they count at once.',
    );
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
