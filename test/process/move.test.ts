import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ServerDatabase } from './storage/storage-fixture.js';
import { Api } from './support/api.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const stage = new Stage();
const server = await ServerDatabase.create();

afterEach(() => stage.end());
afterAll(async () => {
  stage.remove();
  await server?.drop();
});

async function ask<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: server!.url });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}

const tablesThere = () =>
  ask<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );

(server ? describe : describe.skip)('db:move', () => {
  const dataDir = stage.preparedDataDir();
  const move = (...more: string[]) =>
    stage.command(['db:move', '--to', server!.url, ...more], { env: { DATA_DIR: dataDir } }).ended();
  let tokens: { access_token: string; refresh_token: string };

  it('refuses while a service runs', async () => {
    const api = new Api(await stage.service({ DATA_DIR: dataDir, ISSUER: 'http://localhost' }).ready());
    for (const name of ['kim', 'lee']) expect((await api.register(`${name}@example.com`)).status).toBe(201);
    const ended = (await api.login('lee@example.com')).body.access_token as string;
    expect((await api.ask('POST', '/auth/logout', undefined, ended)).status).toBe(204);
    tokens = (await api.login('kim@example.com')).body;
    const { code, stderr } = await move();
    expect([code, stderr]).toEqual([75, expect.stringContaining('Stop the service')]);
    expect(await tablesThere()).toEqual([]);
  });

  it('copies every table with every row, and answers how many', async () => {
    const { code, stdout, stderr } = await move('--json');
    expect([code, stderr]).toEqual([0, '']);
    const moved = (JSON.parse(stdout) as { tables: { name: string; rows: number }[] }).tables;
    expect(moved.map(({ name }) => name)).toEqual((await tablesThere()).map(({ name }) => name));
    const rows = Object.fromEntries(moved.map(({ name, rows: n }) => [name, n]));
    expect(rows).toMatchObject({ 'public.users': 2, 'public.sessions': 2, 'public.revocations': 1 });
    expect(rows['public.signing_keys']).toBeGreaterThanOrEqual(2);
    for (const { name, rows: n } of moved) {
      expect([name, await ask(`SELECT count(*)::int AS n FROM ${name}`)]).toEqual([name, [{ n }]]);
    }
    const keys = await ask(`SELECT conname FROM pg_constraint WHERE contype = 'f' AND convalidated`);
    expect(keys.length).toBeGreaterThanOrEqual(4);
  });

  it('refuses a target that is not empty, and changes nothing there', async () => {
    const before = await ask('SELECT * FROM users ORDER BY id');
    const { code, stderr } = await move();
    expect([code, stderr]).toEqual([78, expect.stringContaining('is not empty')]);
    expect(await ask('SELECT * FROM users ORDER BY id')).toEqual(before);
  });

  it('passwords, tokens and keys work afterwards, with the secret key carried over', async () => {
    const service = stage.service({
      DATA_DIR: stage.dataDir(),
      DATABASE_URL: server!.url,
      SECRET_KEY: readFileSync(join(dataDir, 'secret_key'), 'utf8').trim(),
      ISSUER: 'http://localhost',
    });
    const api = new Api(await service.ready());
    expect(service.stdout).not.toContain('migrations');
    expect(service.stdout).not.toContain('made now');
    expect((await api.get('/protected', tokens.access_token)).status).toBe(200);
    const { refresh_token } = tokens;
    const refreshed = await api.ask('POST', '/auth/refresh', { refresh_token });
    expect(refreshed.status).toBe(200);
    expect((await api.login('kim@example.com')).status).toBe(200);
    // The next revocation takes a number that none has yet.
    expect((await api.ask('POST', '/auth/logout', undefined, refreshed.body.access_token)).status).toBe(204);
    expect((await api.register('park@example.com')).status).toBe(201);
  });

  it('left the source as it was', async () => {
    const api = new Api(await stage.service({ DATA_DIR: dataDir }).ready());
    expect((await api.login('kim@example.com')).status).toBe(200);
  });
});
