import type { Transaction } from './queryable.js';

/** Whether the transaction is known to be committed. */
type Effect = (certain: boolean) => void;

const effectsOf = new WeakMap<Transaction, Effect[]>();

/**
 * Runs `effect` as soon as the transaction is committed, before `transaction()` resolves; with `false` when the
 * answer to its COMMIT was lost, for it may be committed, or not, or not yet; never when it is rolled back. For what this
 * process keeps in memory of what the transaction wrote.
 */
export function afterCommit(tx: Transaction, effect: Effect): void {
  const effects = effectsOf.get(tx);
  // Dropped in silence, an effect may be a revocation that this process never hears of.
  if (!effects)
    throw new Error('afterCommit needs the transaction itself, while it is open: not a savepoint.');
  effects.push(effect);
}

/** Called by what begins a transaction. */
export function collectEffects(tx: Transaction): void {
  effectsOf.set(tx, []);
}

/** Called once, by what commits. */
export function runEffects(tx: Transaction, certain: boolean): void {
  const effects = effectsOf.get(tx) ?? [];
  effectsOf.delete(tx);
  for (const effect of effects) effect(certain);
}
