import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { Database } from '../../../src/platform/database/index.js';
import type { TestApp } from '../../support/app.js';

/** Given to the app under test, so that a test can write rows as the service does: by the record's own description. */
export const SECRET_KEY = randomBytes(32).toString('base64url');

const AUDIT_KEY = Buffer.from(
  hkdfSync('sha256', Buffer.from(SECRET_KEY, 'base64url'), '', 'sumun audit', 32),
);
const KEY_ID = createHash('sha256').update('sumun key id').update(AUDIT_KEY).digest('hex').slice(0, 8);

const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

/** Writes so many genuine rows, not yet sealed. ADR 9 describes what the MAC is over; nothing of src is used. */
export async function writeRows(app: TestApp, rows: number, chunk = 10_000): Promise<void> {
  const { orm } = app.nest.get(Database);
  for (let from = 0; from < rows; from += chunk) {
    const records = Array.from({ length: Math.min(chunk, rows - from) }, (_, i) => rowOf(from + i));
    await orm.execute(
      sql`INSERT INTO audit_events SELECT * FROM json_populate_recordset(NULL::audit_events, ${JSON.stringify(records)}::json)`,
    );
  }
}

function rowOf(n: number): Record<string, unknown> {
  const id = `019aaf36-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const at = new Date(1_700_000_000_000 + n).toISOString();
  const salt = randomBytes(16);
  const ip = `192.0.2.${n % 256}`;
  const hash = createHmac('sha256', salt)
    .update(JSON.stringify([ip, null]))
    .digest();
  const facts = [
    'auth.logged_in',
    'http',
    `actor-${n % 100}`,
    `actor-${n % 100}`,
    `request-${n}`,
    `{"n":${n}}`,
  ];
  const mac = createHmac('sha256', AUDIT_KEY)
    .update(`sumun audit row ${JSON.stringify([id, at, ...facts, null, hash.toString('base64')])}`)
    .digest();
  const [type, via, actor_id, subject_id, request_id, details] = facts;
  return {
    ...{ id, at, type, via, actor_id, subject_id, request_id, details, ip, key_id: KEY_ID },
    ...{ actor_salt: hex(salt), actor_hash: hex(hash), mac: hex(mac) },
  };
}
