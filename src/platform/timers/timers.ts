import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/index.js';

interface Task {
  readonly name: string;
  readonly seconds: number;
  readonly run: () => Promise<void>;
  /** The run under way: a slow one is not overtaken by the next. */
  running?: Promise<void>;
  failing?: boolean;
}

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

  /** Runs the task every so many seconds. It may fail: that is logged, and the next run tries again. */
  every(seconds: number, name: string, run: () => Promise<void>): void {
    this.tasks.push({ seconds, name, run });
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
      if (task.failing) this.logger.log(`${task.name} works again.`);
      task.failing = false;
    } catch (error) {
      // Told once: a database that is away for an hour is one line, and the requests that need it say so too.
      if (!isDatabaseUnavailable(error)) this.logger.error(error, `${task.name} failed.`);
      else if (!task.failing) this.logger.warn(`${task.name} waits: the database is not available.`);
      task.failing = true;
    }
  }
}
