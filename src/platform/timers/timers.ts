import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { DatabaseUnavailable } from '../database/index.js';

interface Task {
  readonly name: string;
  readonly seconds: number;
  readonly run: () => Promise<void>;
  /** The run under way: a slow one is not overtaken by the next. */
  running?: Promise<void>;
  /** What was said of it since it last worked. */
  readonly told: Set<string>;
}

const AWAY = 'The database is not available.';
/** Of one stretch of failing: errors that tell of ids and times are each another one. */
const MOST_TOLD = 10;

/**
 * What the service does by itself, again and again. Modules add their tasks when the app is made; nothing runs
 * before `start`. A stop waits for what is under way and runs every task a last time, so that little is left
 * lying for the next start.
 */
@Injectable()
export class Timers implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Timers');
  private readonly tasks: Task[] = [];
  private readonly intervals: NodeJS.Timeout[] = [];

  /**
   * Runs the task every so many seconds. It may fail: that is logged, each kind of failure once until the task works
   * again, and the next run tries again.
   */
  every(seconds: number, name: string, run: () => Promise<void>): void {
    this.tasks.push({ seconds, name, run, told: new Set() });
  }

  start(): void {
    for (const task of this.tasks) {
      const interval = setInterval(() => void this.runNow(task), task.seconds * 1000);
      this.intervals.push(interval.unref());
    }
  }

  /** Runs every task once, in the order in which they were added. Never rejects. */
  async runAll(): Promise<void> {
    for (const task of this.tasks) await this.runNow(task);
  }

  /** Nest's word before the application ends: the database is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.intervals.length === 0) return;
    this.intervals.splice(0).forEach((interval) => clearInterval(interval));
    for (const { running } of this.tasks) await running;
    await this.runAll();
  }

  private runNow(task: Task): Promise<void> {
    task.running ??= this.attempt(task).finally(() => (task.running = undefined));
    return task.running;
  }

  private async attempt(task: Task): Promise<void> {
    try {
      await task.run();
      if (task.told.size > 0) this.logger.log(`${task.name} works again.`);
      task.told.clear();
    } catch (error) {
      this.tell(task, error);
    }
  }

  /** Once: a database that is away for an hour is one line, and the requests that need it say so too. */
  private tell({ name, told }: Task, error: unknown): void {
    const away = DatabaseUnavailable.explains(error);
    const kind = away ? AWAY : kindOf(error);
    if (told.has(kind) || (!away && told.size >= MOST_TOLD)) return;
    told.add(kind);
    if (away) this.logger.warn(`${name} waits: the database is not available.`);
    else this.logger.error(error, `${name} failed.`);
  }
}

/** What the database says rather than how it was asked: the values of a query are others each time. */
function kindOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return String(cause).split('\n', 1)[0]!;
}
