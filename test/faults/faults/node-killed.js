import { setTimeout as pause } from 'node:timers/promises';
import { CUT, OVERLOADED } from './allowed.js';

/** A crash of one of two: HAProxy asks the other. */
export default {
  name: 'node-killed',
  what: 'a node killed, and started again',
  allowed: [CUT, OVERLOADED],
  async inflict({ cluster }, seconds) {
    const [node] = cluster.nodes;
    await node.kill();
    await pause(seconds * 1000);
    await node.start();
  },
};
