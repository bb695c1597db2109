import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DOCUMENTED } from './allowed.js';

/** A stranger holds the tables: every place of the pools waits for it, and so do those who wait for a place. */
export default {
  name: 'pool-exhausted',
  what: 'tables locked by a stranger: every place of the pools is taken',
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    const stranger = new pg.Client({
      connectionString: cluster.postgres.url('postgres', 'sumun'),
    });
    await stranger.connect();
    try {
      await stranger.query('BEGIN; LOCK TABLE users, sessions, notes IN ACCESS EXCLUSIVE MODE');
      await pause(seconds * 1000);
    } finally {
      await stranger.end();
    }
  },
};
