import { setTimeout as pause } from 'node:timers/promises';
import { Breaches } from '../traffic/breaches.js';
import { prove } from '../traffic/proof.js';
import { Tally } from '../traffic/tally.js';
import { OVERLOADED } from './faults/allowed.js';

const BEFORE_MS = 2_000;
/** So long without an error, and it counts as recovered. */
const CALM_MS = 3_000;
const RECOVERY_LIMIT_MS = 45_000;
const LOOK_MS = 50;

/** One fault in the middle of traffic: what was answered, when all was well again, and whether anything was lost. */
export async function trial(world, fault, seconds) {
  const { traffic, stopped } = world;
  await fault.prepare?.(world);
  world.tally = new Tally();
  world.breaches = new Breaches(Object.keys(world.breaches.counts));
  world.gaveUp = 0;
  traffic.start();
  let recovered;
  try {
    await pause(BEFORE_MS, undefined, { signal: stopped });
    const calm = Object.keys(world.tally.errors).every((kind) => OVERLOADED.test(kind));
    await Promise.race([fault.inflict(world, seconds), world.aborted]);
    if (!calm) world.breaches.add('answers', 'there were errors before the fault');
    recovered = await recovery(world);
    for (const node of world.nodes)
      if (!node.running) world.breaches.add('answers', `a node ended by itself.\n${node.said.slice(-2000)}`);
  } finally {
    await traffic.stop();
  }
  const tally = world.tally;
  // What is asked from here on is another matter.
  world.tally = new Tally();
  if (fault.tidy) await fault.tidy(world);
  if (!fault.embedded) await world.openRows();
  const facts = await prove(world, traffic).finally(() => world.closeRows());
  return row(fault, { ...world, tally, proof: world.tally }, recovered, facts);
}

function row(fault, { tally, proof, breaches, gaveUp }, recovered, facts) {
  const undocumented = Object.entries(tally.errors).filter(
    ([kind]) => !fault.allowed.some((pattern) => pattern.test(kind)),
  );
  const broken = [
    ...(recovered === undefined ? ['it did not recover'] : []),
    ...undocumented.map(([kind, count]) => `${count} × ${kind}, which is not allowed here`),
    ...Object.entries(proof.errors)
      .filter(([kind]) => !OVERLOADED.test(kind))
      .map(([kind, count]) => `${count} × ${kind} after it was over`),
    ...breaches.examples,
  ];
  const { requests, answers, errors, slowestMs, examples } = tally;
  const done = {
    fault: fault.name,
    what: fault.what,
    requests,
    answers,
    errors,
    gaveUp,
    facts,
  };
  return {
    ...done,
    breaches: breaches.counts,
    recovered,
    slowestMs: Math.round(slowestMs),
    examples,
    broken,
  };
}

/** Whole seconds from now until nothing goes wrong any more; undefined where that does not come. */
async function recovery({ tally, stopped }) {
  const over = performance.now();
  for (;;) {
    await pause(LOOK_MS, undefined, { signal: stopped });
    const now = performance.now();
    const last = Math.max(over, tally.lastError);
    if (now - last >= CALM_MS && tally.lastAnswer > last) return Math.ceil((last - over) / 1000);
    if (now - over > RECOVERY_LIMIT_MS) return undefined;
  }
}
