import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Node } from '../cluster/nodes.js';
import { Breaches } from '../traffic/breaches.js';
import { Rows } from '../traffic/rows.js';
import { Wire } from '../traffic/wire.js';
import { Client, PASSWORD } from './clients.js';
import { compare, settle } from './findings.js';
import { Killer } from './killer.js';
import { replay } from './replays.js';

const NODES = 2;
const GRACE_SECONDS = 30;
/** So many clients at once, each presenting its token 20 times. */
const AT_ONCE = 6;
const SIGN_INS_AT_ONCE = 4;
/** MAX_SESSIONS_PER_USER, as it is by default. */
const SESSIONS_EACH = 100;
const PROMISES = ['logouts', 'forks', 'missed', 'bystanders', 'unaudited', 'others'];
/** On a server nothing is written there. */
const NO_DIRECTORY = join(tmpdir(), 'sumun-soak-writes-nothing');
/** The nodes share it, as nodes do. */
const SECRET_KEY = randomBytes(32).toString('base64url');

/**
 * Two nodes on one empty PostgreSQL database, and clients that present each refresh token many times at once, while
 * replies are lost and nodes are killed; then thieves who present what was used before.
 *
 * @param progress told of each phase how far it is
 * @param stopped a signal to give up, with nothing left behind
 * @returns figures of what was done, and of every promise how often it was broken
 */
export async function storm({ database, sessions, width, rounds, kills, progress, stopped }) {
  const began = performance.now();
  const nodes = Array.from({ length: NODES }, () => new Node(environment(database)));
  const killer = new Killer(nodes, kills, sessions * rounds);
  const world = {
    ...{ wire: new Wire(), breaches: new Breaches(PROMISES) },
    ...{ graceMs: GRACE_SECONDS * 1000, gaveUp: 0 },
    each: phases(progress, stopped),
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    world.origins = nodes.map(({ origin }) => origin);
    world.rows = await Rows.open(database);
    const clients = await signIn(world, sessions);
    await rage(world, clients, { width, rounds, killer });
    await onward(world, clients);
    const replayed = await replay(world, clients, GRACE_SECONDS);
    const { requests, lost, cut, retries } = world.wire;
    const { counts: breaches, examples } = world.breaches;
    const done = { sessions, requests, lost, kills: killer.kills, cut, retries, gaveUp: world.gaveUp };
    const seconds = Math.round((performance.now() - began) / 1000);
    return { ...done, ...replayed, breaches, examples, seconds };
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
    await killer.done().catch(() => undefined);
    world.wire.close();
    await world.rows?.close();
  }
}

function environment(database) {
  return {
    ...{ NODE_ENV: 'test', HOST: '127.0.0.1', ISSUER: 'http://storm.example', LOG_LEVEL: 'error' },
    ...{ DATABASE_URL: database, DATA_DIR: NO_DIRECTORY, SECRET_KEY },
    ...{ REFRESH_GRACE: `${GRACE_SECONDS}s`, MAX_SESSIONS_PER_USER: `${SESSIONS_EACH}` },
    // None grows old meanwhile: an access token that is refused was revoked.
    ...{ ACCESS_TOKEN_TTL: '1h' },
    // The cheapest hashes there are: sessions are opened by real sign-ins.
    ...{ RATE_LIMITS: 'off', PASSWORD_HASH_MEMORY: '8', PASSWORD_HASH_TIME: '1' },
  };
}

/** A way to do some work on each item, so many at once, begun in their order. */
function phases(progress, stopped) {
  return async (phase, items, atOnce, work) => {
    let next = 0;
    let done = 0;
    const worker = async () => {
      while (next < items.length) {
        stopped?.throwIfAborted();
        const index = next++;
        await work(items[index], index);
        progress?.(phase, ++done, items.length);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
}

async function signIn(world, sessions) {
  const { wire, origins } = world;
  const emails = Array.from(
    { length: Math.ceil(sessions / SESSIONS_EACH) },
    (_, i) => `user${i}@example.com`,
  );
  for (const email of emails) {
    const { status } = await wire.ask('POST', origins[0], '/auth/register', {
      body: { email, password: PASSWORD },
    });
    if (status !== 201) throw new Error(`${email} was not registered: ${status}`);
  }
  const clients = [];
  await world.each('sign in', Array.from({ length: sessions }), SIGN_INS_AT_ONCE, async (_, i) => {
    clients.push(await Client.signIn(world, emails[i % emails.length], origins[i % origins.length]));
  });
  return clients;
}

/** Each token at once in many requests; lost replies and kills. */
async function rage(world, clients, { width, rounds, killer }) {
  for (let round = 0; round < rounds; round += 1) {
    await world.each(`storm ${round + 1}/${rounds}`, clients, AT_ONCE, async (client, i) => {
      await killer.before(round * clients.length + i);
      const answers = await client.refresh(width, { lossy: true });
      if (answers.length === 0) world.breaches.add('others', `${client.id}: no answer within the grace`);
      client.adopt(answers);
    });
    await killer.done();
    await settle(world);
    await compare(world, clients);
  }
  const reused = await world.rows.audited('auth.refresh_token_reused');
  for (const [id, n] of reused) world.breaches.add('logouts', `${id}: ${n} reuses audited in the storm`);
  const repeated = await world.rows.audited('auth.refresh_token_repeated');
  for (const { id, answers } of clients) {
    // All answers of a round but the one that rotated, which may have been lost.
    const least = answers - rounds;
    if ((repeated.get(id) ?? 0) < least)
      world.breaches.add('unaudited', `${id}: fewer than ${least} repetitions`);
  }
}

/** The successors work, on both nodes at once. */
async function onward(world, clients) {
  await world.each('onward', clients, AT_ONCE, async (client) => client.adopt(await client.refresh(NODES)));
  await settle(world);
  await compare(world, clients);
}
