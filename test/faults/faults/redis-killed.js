import { setTimeout as pause } from 'node:timers/promises';
import { OVERLOADED } from './allowed.js';

/** Rate limits are counted in it: while it is away each node goes by its own, and nobody notices. */
export default {
  name: 'redis-killed',
  what: 'Redis killed, and started again',
  allowed: [OVERLOADED],
  async inflict({ cluster }, seconds) {
    await cluster.killRedis();
    await pause(seconds * 1000);
    await cluster.startRedis();
  },
};
