import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Makes one migrated database, which every app under test copies: a copy takes a tenth of the time.
 * With TEST_DATABASE_URL it is a template database on that server, else a directory of the embedded one.
 */
export default async function makeTemplate() {
  // Loaded here and not above: without a build the message is to name what is missing.
  const { Database } = await import('../../dist/platform/database/index.js').catch((cause) => {
    throw new Error('The app under test is the build: run `npm run build` first.', { cause });
  });
  const server = process.env.TEST_DATABASE_URL;
  const template = server ? await emptyDatabase(server) : mkdtempSync(join(tmpdir(), 'sumun-template-'));
  process.env.SUMUN_TEST_TEMPLATE = template;
  const database = new Database({
    dataDir: template,
    databaseUrl: server && urlOf(server, template),
    databaseDirectUrl: undefined,
    databaseWaitSeconds: 0,
  });
  await database.open();
  await database.close();
}

async function emptyDatabase(server) {
  const name = `sumun_template_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return name;
}

function urlOf(server, name) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
