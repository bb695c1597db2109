// What the check of revocation adds to a request, and what revoked sessions hold in memory: started by revocation.js
// with --expose-gc. Prints JSON.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Clock } from '../dist/platform/clock/index.js';
import { Revocations } from '../dist/sessions/index.js';
import { VerifiedTokens } from '../dist/tokens/index.js';

const REVOKED = 100_000;
const TOKENS = 1_000;
const CALLS = 200_000;
const ROUNDS = 60;
const WARM_UP = 10;
const LATER = new Date(Date.now() + 3_600_000);

const clock = new Clock();
const configuration = {
  databaseUrl: 'postgres://x/y',
  revocationStale: 'refuse',
  revocationMaxStalenessSeconds: 600,
};

function memoryOf(count) {
  const revocations = new Revocations(clock, configuration);
  revocations.heardOfAllBefore(clock.monotonicMillis());
  for (let n = 0; n < count; n++)
    // As the driver hands them on: each a string of its own.
    revocations.apply({
      kind: 'session',
      subject: Buffer.from(randomUUID()).toString('latin1'),
      keepUntil: LATER,
    });
  return revocations;
}

/** Verified tokens of signed-in users, in front of these revocations. */
function verifiedIn(revocations, principals) {
  const verified = new VerifiedTokens(revocations, clock, { onChange: () => undefined });
  for (const [token, principal] of principals) verified.remember(token, principal);
  return verified;
}

/** CPU µs a call. */
function cost(verified, tokens) {
  const before = process.cpuUsage();
  for (let n = 0; n < CALLS; n++)
    if (verified.recall(tokens[n % TOKENS]) === undefined) throw new Error('A good token was refused.');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

function heap() {
  global.gc();
  global.gc();
  return process.memoryUsage().heapUsed;
}

const empty = heap();
const full = memoryOf(REVOKED);
const bytes = heap() - empty;

const principals = Array.from({ length: TOKENS }, () => [
  Buffer.from(`${randomUUID()}.`.repeat(19)).toString('latin1'),
  {
    userId: randomUUID(),
    sessionId: randomUUID(),
    userVersion: 1,
    expiresAt: LATER.getTime() / 1000,
  },
]);
const tokens = principals.map(([token]) => token);
const none = { isRevoked: () => false };
const memories = {
  none: verifiedIn(none, principals),
  again: verifiedIn(none, principals),
  empty: verifiedIn(memoryOf(0), principals),
  full: verifiedIn(full, principals),
};
const costs = Object.fromEntries(Object.keys(memories).map((name) => [name, []]));
for (let round = -WARM_UP; round < ROUNDS; round++) {
  const order = Object.keys(memories).sort(() => Math.random() - 0.5);
  for (const name of order) {
    const measured = cost(memories[name], tokens);
    if (round >= 0) costs[name].push(measured);
  }
}
process.stdout.write(JSON.stringify({ bytes, revoked: full.size, costs }));
