import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { administer, ServerDatabase } from './storage/storage-fixture.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const stage = new Stage();
const server = await ServerDatabase.create();

const FOREIGN = Buffer.from('vutsrqponmlkjihgfedcba9876543210').toString('base64url');

afterEach(() => stage.end());
afterAll(async () => {
  stage.remove();
  await server?.drop();
});

/** Every row of every table, as text. */
async function contents(): Promise<string> {
  const client = new pg.Client({ connectionString: server!.url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema IN ('public', 'drizzle') ORDER BY 1`,
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const found = await client.query<{ t: string }>(`SELECT t::text AS t FROM ${name} AS t ORDER BY 1`);
      rows.push(name, ...found.rows.map(({ t }) => t));
    }
    return rows.join('\n');
  } finally {
    await client.end();
  }
}

(server ? describe : describe.skip)('a start that cannot go on changes nothing', () => {
  const dataDir = stage.dataDir();
  const env = { DATA_DIR: dataDir, DATABASE_URL: server?.url };
  let keyId: string;

  it('prints the id of the key that it starts with', async () => {
    const service = stage.service(env);
    await service.ready();
    keyId = /secret key id ([0-9a-f]{8})\n/.exec(service.stdout)![1]!;
    expect(keyId).toMatch(/^[0-9a-f]{8}$/);
  });

  it('with a foreign SECRET_KEY: it says which key was meant, and what to do', async () => {
    const before = await contents();
    expect(before).toContain('public.signing_keys');
    // With another algorithm as well: keys of its own must not be made beside what it cannot open.
    const settings = { ...env, SECRET_KEY: FOREIGN, JWT_ALGORITHM: 'RS256' };
    const { code, stdout, stderr } = await stage.service(settings).ended();
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain(`its key id is ${keyId}`);
    expect(stderr).toMatch(/SECRET_KEY_PREVIOUS.*Nothing was changed\.\n$/);
    expect(stderr).not.toContain(FOREIGN);
    expect(await contents()).toBe(before);
  });

  it('with a foreign SECRET_KEY, where migrations are pending: none is applied before it is refused', async () => {
    const newest = 'SELECT id FROM drizzle.__drizzle_migrations ORDER BY created_at DESC LIMIT 1';
    const client = new pg.Client({ connectionString: server!.url });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(
      `DELETE FROM drizzle.__drizzle_migrations WHERE id = (${newest}) RETURNING *`,
    );
    const before = await contents();
    const { code, stdout, stderr } = await stage.service({ ...env, SECRET_KEY: FOREIGN }).ended();
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain(`its key id is ${keyId}`);
    expect(await contents()).toBe(before);
    await client.query(
      'INSERT INTO drizzle.__drizzle_migrations VALUES ($1, $2, $3)',
      Object.values(rows[0]!),
    );
    await client.end();
  });

  it('starts with the foreign key, where the old one is given as the previous', async () => {
    const old = readFileSync(join(dataDir, 'secret_key'), 'utf8').trim();
    await stage.service({ ...env, SECRET_KEY: FOREIGN, SECRET_KEY_PREVIOUS: old }).ready();
  });

  it('with a damaged secret_key', async () => {
    const path = join(dataDir, 'secret_key');
    const whole = readFileSync(path, 'utf8');
    const before = await contents();
    for (const damaged of ['', whole.slice(0, 20), `${whole.slice(0, 10)}!${whole.slice(11)}`]) {
      writeFileSync(path, damaged);
      const { code, stdout, stderr } = await stage.service(env).ended();
      expect([code, stdout]).toEqual([78, '']);
      expect(stderr).toContain(`The secret in ${path} is damaged`);
      expect(readFileSync(path, 'utf8')).toBe(damaged);
    }
    expect(await contents()).toBe(before);
    writeFileSync(path, whole);
    await stage.service(env).ready();
  });

  it('on a database that a newer version has migrated', async () => {
    const client = new pg.Client({ connectionString: server!.url });
    await client.connect();
    await client.query(
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('of tomorrow', 32503680000000)`,
    );
    await client.end();
    const before = await contents();
    const { code, stdout, stderr } = await stage.service(env).ended();
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(
      /^The database was migrated by a newer version of Sumun: it has \d+ migrations, this version knows \d+\./,
    );
    expect(await contents()).toBe(before);
  });
});

(server ? it : it.skip)('a database that is not there, or a user that is none, is told at once', async () => {
  const url = new URL(server!.url);
  url.pathname = '/not_there';
  url.password = 'hunter2';
  const settings = { DATA_DIR: stage.dataDir(), DATABASE_URL: url.href, DATABASE_WAIT: '5m' };
  const { code, stderr } = await stage.service(settings).ended();
  expect([code, stderr]).toEqual([78, expect.stringContaining('database "not_there" does not exist')]);
  expect(stderr).toContain('Check DATABASE_URL.');
  expect(stderr).not.toContain('hunter2');
  const role = `nobody_${process.pid}`;
  await administer(`CREATE ROLE ${role} NOLOGIN`);
  url.username = role;
  const refused = await stage.service({ ...settings, DATABASE_URL: url.href }).ended();
  await administer(`DROP ROLE ${role}`);
  expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('is not permitted to log in')]);
  expect(refused.stderr).not.toContain('waiting');
});
