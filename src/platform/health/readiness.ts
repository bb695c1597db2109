import { Injectable } from '@nestjs/common';

/** Longer than any healthy answer, shorter than the patience of a load balancer. */
const CHECK_MILLISECONDS = 2000;

/** How one check, or the service as a whole, stands. */
export type Standing = 'ok' | 'unavailable';

/** Whether this process should be sent requests. Every module that can be unready adds its own check. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => Promise<void> | void>();
  private stopped = false;
  private running: Promise<Record<string, Standing>> | undefined;

  /** From now on unready for good: the process is on its way out. */
  stopping(): void {
    this.stopped = true;
  }

  /** Adds a check, which throws or rejects while its part is unavailable. */
  addCheck(name: string, check: () => Promise<void> | void): void {
    if (this.checks.has(name)) throw new Error(`There is already a readiness check named "${name}".`);
    this.checks.set(name, check);
  }

  /** Runs all checks, each for a bounded time. Never throws. */
  async report(): Promise<{ status: Standing; checks: Record<string, Standing> }> {
    // Anyone may ask: a flood of questions must not become a flood of database queries.
    this.running ??= this.run().finally(() => (this.running = undefined));
    const checks = { ...(await this.running) };
    const ready = !this.stopped && Object.values(checks).every((standing) => standing === 'ok');
    return { status: ready ? 'ok' : 'unavailable', checks };
  }

  private async run(): Promise<Record<string, Standing>> {
    const names = [...this.checks.keys()];
    const standings = await Promise.all([...this.checks.values()].map(bounded));
    return Object.fromEntries(names.map((name, i) => [name, standings[i]!]));
  }
}

async function bounded(check: () => Promise<void> | void): Promise<Standing> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Standing>((resolve) => {
    timer = setTimeout(resolve, CHECK_MILLISECONDS, 'unavailable');
  });
  const outcome = (async () => check())().then(
    (): Standing => 'ok',
    (): Standing => 'unavailable',
  );
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
