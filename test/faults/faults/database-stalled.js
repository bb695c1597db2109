import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';
import { onALine } from './on-a-line.js';

/** Nothing passes and nothing is told; then all of it passes. */
export const databaseStalled = stalled({
  name: 'database-stalled',
  what: 'the way to PostgreSQL stalled, then flowing on',
  forget: false,
});

/** As where a firewall is restarted: who was connected is never answered again, who comes anew is. */
export const connectionsForgotten = stalled({
  name: 'connections-forgotten',
  what: 'every connection to PostgreSQL dead without a word',
  forget: true,
});

function stalled({ forget, ...fault }) {
  return onALine({
    ...fault,
    allowed: [DOCUMENTED],
    async inflict(line, seconds) {
      line.stall();
      await pause(seconds * 1000);
      line.flow({ forget });
    },
  });
}
