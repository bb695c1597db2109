import { setTimeout as pause } from 'node:timers/promises';
import { compare, settle } from './findings.js';

const AT_ONCE = 6;
/** How many thieves and how many of its owner's requests run against each other. */
const THIEVES = 2;
const OWNERS = 4;
/** Far more than the second after which a node reads what others revoked. */
const FEED_LIMIT_MS = 10_000;
const FEED_INTERVAL_MS = 50;

/**
 * Tokens that were used before are presented again, each by turns of four sessions of the same users: two steps back,
 * one step back after the grace, in a race with the owner, and none at all.
 */
export async function replay(world, clients, graceSeconds) {
  const tally = { replays: 0, caught: 0, races: 0, unseen: 0 };
  const late = clients.filter((_, i) => i % 4 === 1);
  await world.rows.age(
    late.map(({ id }) => id),
    graceSeconds + 1,
  );
  const before = await world.rows.audited('auth.refresh_token_reused');
  await world.each('replays', clients, AT_ONCE, async (client, i) => {
    const kind = i % 4;
    if (kind === 0) await twoBack(world, client, tally);
    if (kind === 1) await caught(world, client, client.spent.at(-1), tally);
    if (kind === 2) await race(world, client, i % 8 === 2, tally);
    if (kind === 3) client.adopt(await client.refresh(1));
  });
  await settle(world);
  await compare(world, clients);
  await audit(world, clients, before);
  const told = performance.now() + FEED_LIMIT_MS;
  await world.each('survivors', clients, AT_ONCE, (client) => survive(world, client, told));
  await compare(world, clients);
  return tally;
}

/** Within the grace of a rotation just made, the token before the last is as spent as ever. */
async function twoBack(world, client, tally) {
  client.adopt(await client.refresh(1));
  await caught(world, client, client.spent.at(-2), tally);
}

/** At its first use: that very request is refused, and the session has ended when it is answered. */
async function caught(world, client, token, tally) {
  const { breaches } = world;
  const origin = any(world);
  tally.replays += 1;
  client.lives = false;
  const answer = await client.present(token, origin);
  const access = await client.refusalAt(origin);
  const successor = await client.present(client.token, any(world));
  const seen = [answer?.body?.code, access, successor?.body?.code];
  if (seen.join() === 'invalid_refresh_token,token_revoked,invalid_refresh_token') tally.caught += 1;
  else breaches.add('missed', `${client.id}: replay, access token, successor: ${seen.join(', ')}`);
}

/** Thieves with a spent token against the owner with the living one, all at once: never two living successors. */
async function race(world, client, inGrace, tally) {
  const { breaches } = world;
  tally.races += 1;
  client.raced = true;
  // So that the last token is within its grace, and the one before is not the last.
  client.adopt(await client.refresh(1));
  const stolen = client.spent.at(inGrace ? -1 : -2);
  const tokens = [...Array(OWNERS).fill(client.token), ...Array(THIEVES).fill(stolen)];
  const asked = shuffled(tokens).map(async (token) => {
    return { token, answer: await client.present(token, any(world)) };
  });
  const all = await Promise.all(asked);
  const of = (which) => all.filter(({ token, answer }) => token === which && answer?.status === 200);
  const got = (which) => new Set(of(which).map(({ answer }) => answer.body.refresh_token));
  const [owners, thieves] = [got(client.token), got(stolen)];
  if (owners.size > 1) breaches.add('forks', `${client.id}: ${owners.size} successors in a race`);
  const allowed = inGrace ? client.token : undefined;
  if ([...thieves].some((token) => token !== allowed))
    breaches.add('missed', `${client.id}: a thief was served`);
  const ended = (await world.rows.sessions([client.id])).get(client.id).ended;
  if (!ended && !inGrace) breaches.add('missed', `${client.id}: lives on after a race`);
  client.lives = !ended;
  if (ended) return;
  tally.unseen += 1;
  client.adopt(all.filter(({ token }) => token === client.token).map(({ answer }) => answer));
}

/**
 * What should live lives on both nodes; of what has ended nothing is left on either.
 *
 * @param told when every node must know what was revoked before
 */
async function survive(world, client, told) {
  const { breaches, origins } = world;
  if (client.lives) {
    client.adopt(await client.refresh(1));
    for (const origin of origins) {
      const refusal = await client.refusalAt(origin);
      if (refusal) breaches.add('bystanders', `${client.id}: ${refusal}`);
    }
    return;
  }
  const answer = await client.present(client.token, any(world));
  if (answer?.status !== 401)
    breaches.add('missed', `${client.id}: its last token is answered ${answer?.status}`);
  for (const origin of origins) {
    let refusal = await client.refusalAt(origin);
    while (refusal !== 'token_revoked' && performance.now() < told) {
      await pause(FEED_INTERVAL_MS);
      refusal = await client.refusalAt(origin);
    }
    if (refusal !== 'token_revoked') breaches.add('missed', `${client.id}: its access token is taken`);
  }
}

/** Each replay that ended a session is a security event; two that race to it are two, and nothing else is one. */
async function audit({ rows, breaches }, clients, before) {
  if (before.size > 0) breaches.add('others', `${before.size} sessions were reused before any was replayed`);
  const reused = await rows.audited('auth.refresh_token_reused');
  for (const { id, lives, raced } of clients) {
    const n = reused.get(id) ?? 0;
    const [least, most] = lives ? [0, 0] : [1, raced ? THIEVES : 1];
    if (n < least || n > most) breaches.add('unaudited', `${id}: ${n} reuses, ${lives ? 'lives' : 'ended'}`);
  }
}

function any({ origins }) {
  return origins[Math.floor(Math.random() * origins.length)];
}

function shuffled(items) {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
