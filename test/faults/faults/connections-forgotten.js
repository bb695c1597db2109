import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';
import { onALine } from './on-a-line.js';

/** As where a firewall is restarted: who was connected is never answered again, who comes anew is. */
export default onALine({
  name: 'connections-forgotten',
  what: 'every connection to PostgreSQL dead without a word',
  allowed: [DOCUMENTED],
  async inflict(line, seconds) {
    line.stall();
    await pause(seconds * 1000);
    line.flow({ forget: true });
  },
});
