import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';

const EVERY_MS = 500;

/** An operator, or a fail-over, ends every connection of the nodes, again and again. */
export default {
  name: 'connections-cut',
  what: 'all connections to PostgreSQL ended, twice a second',
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    for (let cut = 0; cut < seconds * 1000; cut += EVERY_MS) {
      await cluster.administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sumun'`,
      );
      await pause(EVERY_MS);
    }
  },
};
