import { callers } from '../users/index.js';

// What every sign-in and refresh asks, written out: docs/adr/0015-statements-written-out.md.

const LIVES_AT = (at: string) => `ended_at IS NULL AND idle_expires_at > ${at} AND expires_at > ${at}`;

/** The user's row is locked in the version that was proved, so that what is read beside is of that version. */
export const OPEN = `
  WITH opened AS (INSERT INTO sessions (id, user_id, random, mac_key_id, amr, authenticated_at, ip, user_agent,
    login_address, created_at, last_used_at, idle_expires_at, expires_at, tokens_expire_by)
  SELECT $1::uuid, users.id, $4::bytea, $5::bytea, $6::text[], $7::timestamptz, $8, $9, $10, $11::timestamptz,
    $11::timestamptz, $12::timestamptz, $13::timestamptz, $14::timestamptz
  FROM users WHERE users.id = $2 AND users.version = $3 AND users.disabled_at IS NULL
  FOR NO KEY UPDATE
  RETURNING user_id)
  SELECT ${callers.CALLER_COLUMNS},
    (SELECT count(*)::integer FROM sessions WHERE user_id = $2 AND ${LIVES_AT('$11')}) AS "othersOpen"
  FROM users JOIN opened ON opened.user_id = users.id`;

export const ROTATE = `
  UPDATE sessions SET counter = counter + 1, mac_key_id = $4, rotated_at = $5, last_used_at = $5,
    idle_expires_at = $6, tokens_expire_by = greatest(tokens_expire_by, $7), ip = $8, user_agent = $9
  FROM users
  WHERE sessions.id = $1 AND counter = $2 AND random = $3 AND ${LIVES_AT('$5')}
    AND users.id = user_id AND users.disabled_at IS NULL
  RETURNING sessions.id, counter, random, mac_key_id AS "macKeyId", rotated_at AS "rotatedAt", amr,
    authenticated_at AS "authenticatedAt", idle_expires_at AS "idleExpiresAt", expires_at AS "expiresAt",
    ${callers.CALLER_COLUMNS}`;

export const END_OLDEST = `
  UPDATE sessions SET ended_at = $3
  WHERE ended_at IS NULL AND id IN (
    SELECT id FROM sessions WHERE user_id = $1 AND ${LIVES_AT('$3')}
    ORDER BY created_at DESC, id DESC OFFSET $2)
  RETURNING id, tokens_expire_by AS "tokensExpireBy"`;
