import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DOCUMENTED } from './allowed.js';

const STRANGER = 'stranger';

/** Strangers take every connection that the server has, the nodes' own as well. */
export default {
  name: 'server-full',
  what: 'max_connections taken by strangers',
  allowed: [DOCUMENTED],
  async inflict({ cluster }, seconds) {
    await cluster.administer(`DO $$ BEGIN CREATE ROLE ${STRANGER} LOGIN;
      EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    const strangers = [];
    const end = performance.now() + seconds * 1000;
    try {
      while (performance.now() < end) {
        await cluster.administer(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sumun'`,
        );
        while (await crowd(cluster.postgres.url(STRANGER), strangers));
        await pause(50);
      }
    } finally {
      await Promise.all(strangers.map((stranger) => stranger.end()));
    }
  },
};

/** One more, while there is room. */
async function crowd(url, strangers) {
  const stranger = new pg.Client({ connectionString: url });
  stranger.on('error', () => undefined);
  try {
    await stranger.connect();
    strangers.push(stranger);
    return true;
  } catch {
    return false;
  }
}
