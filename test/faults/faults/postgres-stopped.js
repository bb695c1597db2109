import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';

/** As an operator restarts it: what is under way is rolled back. */
export const postgresFast = stopped('fast', 'PostgreSQL stopped (fast), and started again');

/** As it crashes: the next start recovers from the log. */
export const postgresImmediate = stopped('immediate', 'PostgreSQL crashed (immediate), and started again');

function stopped(mode, what) {
  return {
    name: `postgres-${mode}`,
    what,
    allowed: [DOCUMENTED],
    async inflict({ cluster }, seconds) {
      await cluster.postgres.stop(mode);
      await pause(seconds * 1000);
      await cluster.postgres.start();
    },
  };
}
