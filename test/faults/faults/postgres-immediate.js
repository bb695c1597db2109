import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';

/** As it crashes: the next start recovers from the log. */
export default {
  name: 'postgres-immediate',
  what: 'PostgreSQL crashed (immediate), and started again',
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    await cluster.postgres.stop('immediate');
    await pause(seconds * 1000);
    await cluster.postgres.start();
  },
};
