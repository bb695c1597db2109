import { describe, expect, it } from '@jest/globals';
import { ControlCommands } from '../../../src/platform/control/index.js';
import { introspect } from '../../builders/clients.js';
import { startApp } from '../../support/app.js';

const [MINE, ALSO] = ['https://api.example.com', 'https://reports.example.com'];
const app = await startApp({ env: { AUDIENCE: `${MINE},${ALSO}` } });
const run = (name: string, input: unknown) => app.nest.get(ControlCommands).run(name, input);
type Line = Record<string, string>;
const create = (input: object = {}) =>
  run('clients:create', { audience: MINE, may: ['introspect'], ...input }) as Promise<Line>;

describe('clients:create', () => {
  it('gives an id and 256 bits of secret, alphanumeric, never the same', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create()));
    for (const { client_id, client_secret } of made) {
      expect(client_id).toMatch(/^[A-Za-z0-9]{20}$/);
      expect(client_secret).toMatch(/^[A-Za-z0-9]{43}$/);
    }
    expect(43 * Math.log2(62)).toBeGreaterThanOrEqual(256);
    expect(new Set(made.flatMap((one) => [one['client_id'], one['client_secret']])).size).toBe(40);
    // Of 860 characters each of the 62 is met, unless a part of the alphabet never comes up.
    expect(new Set(made.flatMap((one) => [...one['client_secret']!])).size).toBe(62);
  });

  it('keeps the SHA-256 of the secret alone', async () => {
    const { client_id, client_secret } = await create();
    const [kept] = await app.sql<{ row: string; same: boolean }>(
      `SELECT clients::text AS row, secret_hash = sha256('${client_secret}') AS same FROM clients
       WHERE id = '${client_id}'`,
    );
    expect(kept!.same).toBe(true);
    expect(kept!.row).not.toContain(client_secret);
  });

  it('answers what was registered, and is audited without the secret', async () => {
    const line = await create({ audience: ALSO, may: ['revoke', 'introspect', 'revoke'], name: '보고서' });
    const { client_id, client_secret, created_at } = line;
    const may = ['introspect', 'revoke'];
    expect(line).toEqual({ client_id, client_secret, audience: ALSO, may, name: '보고서', created_at });
    const rows = await app.sql<{ type: string; via: string; details: string }>(
      `SELECT type, via, details FROM audit_events WHERE subject_id = '${client_id}'`,
    );
    expect(rows).toEqual([
      { type: 'clients.created', via: 'command_line', details: JSON.stringify({ audience: ALSO, may }) },
    ]);
  });

  it.each([
    ['an audience that no token has', { audience: 'https://typo.example.com' }, '--audience is one of'],
    ['no audience', { audience: undefined }, '--audience is one of'],
    ['an action that is none', { may: ['introspect', 'mint'] }, '--may is one or more of introspect,revoke'],
    ['no action', { may: [] }, '--may is one or more'],
    ['an action that is inherited', { may: ['constructor'] }, '--may is one or more'],
    ['an empty name', { name: '' }, '--name is 1 to 100'],
    ['a name that is too long', { name: 'x'.repeat(101) }, '--name is 1 to 100'],
    ['a name with an escape', { name: '\u001b[2J' }, '--name is 1 to 100'],
  ])('%s is refused', async (_, input, said) => {
    await expect(create(input)).rejects.toMatchObject({
      code: 'validation_failed',
      message: expect.stringContaining(said),
    });
  });
});

describe('clients:list, clients:delete', () => {
  it('the list shows each, in the order in which they were made, and no secret', async () => {
    const before = ((await run('clients:list', {})) as Line[]).length;
    app.clock.advance(1);
    const one = await create({ name: 'one' });
    app.clock.advance(1);
    const two = await create({ name: 'two' });
    const listed = ((await run('clients:list', {})) as Line[]).slice(before);
    const shown = ({ client_secret: _secret, ...line }: Line) => line;
    expect(listed).toEqual([shown(one), shown(two)]);
    expect(JSON.stringify(listed)).not.toContain(one['client_secret']);
  });

  it('deletes one, which is audited; the others stay', async () => {
    const [gone, left] = [await create(), await create()];
    const known = ({ client_id, client_secret }: Line) => ({
      client_id: client_id!,
      client_secret: client_secret!,
    });
    await run('clients:delete', { id: gone['client_id'] });
    expect((await introspect(app, known(gone), 'x')).status).toBe(401);
    expect((await introspect(app, known(left), 'x')).status).toBe(200);
    const rows = await app.sql<{ type: string }>(
      `SELECT type FROM audit_events WHERE subject_id = '${gone['client_id']}' ORDER BY id`,
    );
    expect(rows.map(({ type }) => type)).toEqual(['clients.created', 'clients.deleted']);
  });

  it.each([{}, { id: 'nobody' }, { id: 7 }, undefined])('there is no client %j', async (input) => {
    await expect(run('clients:delete', input)).rejects.toMatchObject({ code: 'unknown_client' });
  });
});
