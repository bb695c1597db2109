import { rmSync } from 'node:fs';
import pg from 'pg';

/** Removes what the setup made. */
export default async function removeTemplate() {
  const template = process.env.SUMUN_TEST_TEMPLATE;
  if (!template) return;
  if (!process.env.TEST_DATABASE_URL) return rmSync(template, { recursive: true, force: true });
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  await client.end();
}
