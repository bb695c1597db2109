import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DOCUMENTED } from './allowed.js';

/** Nothing more goes onto the disk of the embedded database, until somebody makes room. */
export default {
  name: 'disk-full',
  what: 'the disk of the embedded database full, then room again',
  embedded: true,
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    const filling = join(cluster.disk, 'filling');
    const end = performance.now() + seconds * 1000;
    // Again and again: what the database frees is taken as well.
    for (; performance.now() < end; await pause(200)) fill(filling);
    rmSync(filling);
  },
};

/** Writes until nothing more goes in. */
function fill(file) {
  const fd = openSync(file, 'a');
  const page = Buffer.alloc(4096);
  try {
    for (;;) writeSync(fd, page);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}
