import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';
import { onALine } from './on-a-line.js';

/** Nothing passes and nothing is told; then all of it passes. */
export default onALine({
  name: 'database-stalled',
  what: 'the way to PostgreSQL stalled, then flowing on',
  allowed: [DOCUMENTED],
  async inflict(line, seconds) {
    line.stall();
    await pause(seconds * 1000);
    line.flow();
  },
});
