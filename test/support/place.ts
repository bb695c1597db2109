import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Where an app under test keeps what it keeps: a data directory, and on a server a database of its own. */
export interface Place {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  remove(): Promise<void>;
}

/** A copy of the migrated template that the setup of the tests made. */
export async function makePlace(): Promise<Place> {
  const template = process.env['SUMUN_TEST_TEMPLATE'];
  if (!template) throw new Error('Run through jest, whose global setup makes the database template.');
  const server = process.env['TEST_DATABASE_URL'];
  return server ? serverPlace(server, template) : embeddedPlace(template);
}

function embeddedPlace(template: string): Place {
  const dataDir = mkdtempSync(join(tmpdir(), 'sumun-app-'));
  cpSync(join(template, 'pglite'), join(dataDir, 'pglite'), { recursive: true });
  return { dataDir, databaseUrl: undefined, remove: async () => removeDirectory(dataDir) };
}

async function serverPlace(server: string, template: string): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sumun-app-'));
  const name = `sumun_test_${randomBytes(6).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const remove = async () => {
    removeDirectory(dataDir);
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { dataDir, databaseUrl: url.href, remove };
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
