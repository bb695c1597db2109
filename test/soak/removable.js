/** So many of each: what is removed in the background takes minutes for them. */
export const REMOVABLE = 100_000;
const DAYS_AGO = 40;

/**
 * Sessions and revocations that have been over for so long that the nodes remove them: what is made during a soak is
 * too young for it.
 */
export async function plantRemovable(cluster) {
  await cluster.administer(`
    WITH owner AS (
      INSERT INTO users (id, email, created_at, updated_at)
      VALUES ('01900000-0000-7000-8000-000000000001', 'long-gone@example.com', now(), now()) RETURNING id
    ), old AS (
      SELECT n, now() - interval '${DAYS_AGO} days' + n * interval '1 second' AS at
        FROM generate_series(1, ${REMOVABLE}) AS n
    )
    INSERT INTO sessions (id, user_id, random, mac_key_id, amr, authenticated_at, ip, login_address, created_at,
      last_used_at, idle_expires_at, expires_at, tokens_expire_by, ended_at)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') ||
      '8000' || lpad(to_hex(n), 12, '0'))::uuid, owner.id, '\\x00', '\\x00', '{pwd}', at, '127.0.0.1', '127.0.0.1', at,
      at, at, at, at, at
    FROM old, owner`);
  await cluster.administer(`
    INSERT INTO revocations (kind, subject, recorded_at, keep_until)
    SELECT 'session', gen_random_uuid(), at, at
    FROM (SELECT now() - interval '${DAYS_AGO} days' AS at FROM generate_series(1, ${REMOVABLE})) AS old`);
}

/** How many of them are still there. */
export async function removableLeft(cluster) {
  const [{ n }] = await cluster.administer(`
    SELECT (SELECT count(*) FROM sessions WHERE created_at < now() - interval '2 days')::int
      + (SELECT count(*) FROM revocations WHERE recorded_at < now() - interval '2 days')::int AS n`);
  return n;
}
