import { setTimeout as pause } from 'node:timers/promises';
import { OVERLOADED } from './allowed.js';
import { onALine } from './on-a-line.js';

const DELAY_MS = 25;

/** What takes a moment longer is answered a moment later. */
export default onALine({
  name: 'database-slow',
  what: `PostgreSQL ${2 * DELAY_MS} ms away, there and back`,
  allowed: [OVERLOADED],
  async inflict(line, seconds) {
    line.delayMs = DELAY_MS;
    await pause(seconds * 1000);
    line.delayMs = 0;
  },
});
