import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';

/** As an operator restarts it: what is under way is rolled back. */
export default {
  name: 'postgres-fast',
  what: 'PostgreSQL stopped (fast), and started again',
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    await cluster.postgres.stop('fast');
    await pause(seconds * 1000);
    await cluster.postgres.start();
  },
};
