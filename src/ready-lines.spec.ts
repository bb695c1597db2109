import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Started } from './app.js';
import type { Configuration } from './platform/config/index.js';
import { readyLines } from './ready-lines.js';

const configuration = { host: 'localhost', port: 3000, docs: true, issuer: 'https://auth.example.com' };
const opened: Started = {
  secretFiles: [],
  secretsMade: [],
  secretKeyId: '1a2b3c4d',
  database: {
    kind: 'pglite',
    where: join(process.cwd(), 'data', 'db'),
    created: false,
    migrationsApplied: 0,
  },
  keys: { algorithm: 'ES256', kid: 'k1', made: false, underPreviousSecret: 0 },
  metrics: undefined,
};

function lines(settings: object = {}, found: Partial<Started> = {}): string[] {
  const text = readyLines({ ...configuration, ...settings } as Configuration, { ...opened, ...found });
  expect(text.endsWith('\n')).toBe(true);
  return text.trimEnd().split('\n');
}

describe('the ready lines', () => {
  it('begin with the address, and tell where everything is', () => {
    expect(lines()).toEqual([
      'Sumun is ready at http://localhost:3000',
      '  docs       http://localhost:3000/docs',
      '  issuer     https://auth.example.com',
      '  database   embedded PostgreSQL (PGlite), ./data/db',
      '  keys       ES256, k1',
      '  secret key id 1a2b3c4d',
    ]);
  });

  it('tell where the metrics are, where there are any', () => {
    expect(lines({}, { metrics: 'http://127.0.0.1:9464/metrics' })).toContain(
      '  metrics    http://127.0.0.1:9464/metrics',
    );
  });

  it.each([
    ['::1', 'http://[::1]:3000'],
    ['0.0.0.0', 'http://0.0.0.0:3000'],
    ['auth.internal', 'http://auth.internal:3000'],
  ])('RFC 3986 §3.2.2: the host %s makes %s', (host, address) => {
    expect(lines({ host })[0]).toBe(`Sumun is ready at ${address}`);
  });

  it('name no page that is hidden', () => {
    expect(lines({ docs: false }).join('\n')).not.toContain('/docs');
  });

  it('tell after a change of JWT_ALGORITHM from when on the new one signs', () => {
    const successor = { algorithm: 'RS256', from: new Date('2026-11-23T01:12:03.456Z') };
    expect(lines({}, { keys: { ...opened.keys, successor } }).slice(4, 6)).toEqual([
      '  keys       ES256, k1',
      '             RS256 signs from 2026-11-23T01:12:03.456Z on, when every verifier has its key',
    ]);
  });

  it('tell what was made at the first start', () => {
    const text = lines(
      {},
      {
        secretsMade: [join(process.cwd(), 'data', 'secret_key'), '/elsewhere/jwt_secret'],
        database: { ...opened.database, created: true, migrationsApplied: 3 },
        keys: { ...opened.keys, made: true },
      },
    ).join('\n');
    expect(text).toContain('./data/db, made now');
    expect(text).toContain('ES256, k1, made now');
    expect(text).toContain('migrations 3 applied');
    expect(text).toContain('made now: ./data/secret_key');
    expect(text).toContain('made now: /elsewhere/jwt_secret');
  });

  it('name a server as the database module shows it', () => {
    const database = { ...opened.database, kind: 'postgres' as const, where: 'db.example:5432/sumun' };
    expect(lines({}, { database })[3]).toBe('  database   PostgreSQL, db.example:5432/sumun');
  });
});
