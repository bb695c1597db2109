import { EventEmitter } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import type { Pool } from 'pg';
import { afterCommit } from './after-commit.js';
import { runTransaction } from './transactions.js';

/** A pool of one connection that answers COMMIT as it is told. */
function poolAnswering(commit: () => Promise<{ command: string }>): Pool {
  const client = Object.assign(new EventEmitter(), {
    query: (text: string) => (text === 'COMMIT' ? commit() : Promise.resolve({ command: text })),
    release: () => undefined,
  });
  return { connect: () => Promise.resolve(client) } as unknown as Pool;
}

async function outcome(commit: () => Promise<{ command: string }>, work = () => Promise.resolve('done')) {
  const effect = jest.fn();
  const result = await runTransaction(poolAnswering(commit), 'BEGIN', (tx) => {
    afterCommit(tx, effect);
    return work();
  }).catch((error: Error) => error);
  return { result, effects: effect.mock.calls };
}

describe('what this process keeps in memory of a transaction', () => {
  it('is kept when it was committed', async () => {
    const committed = await outcome(() => Promise.resolve({ command: 'COMMIT' }));
    expect(committed).toEqual({ result: 'done', effects: [[true]] });
  });

  it('is told when the answer to COMMIT was lost, and that it is not certain: what was revoked may be revoked', async () => {
    const lost = await outcome(() => Promise.reject(new Error('Connection terminated unexpectedly')));
    expect(lost).toEqual({ result: expect.any(Error) as unknown, effects: [[false]] });
  });

  it('is not kept when it was rolled back, by the server or by its own work', async () => {
    const aborted = await outcome(() => Promise.resolve({ command: 'ROLLBACK' }));
    expect(aborted).toEqual({ result: expect.any(Error) as unknown, effects: [] });
    const failed = await outcome(
      () => Promise.resolve({ command: 'COMMIT' }),
      () => Promise.reject(new Error('refused')),
    );
    expect(failed).toEqual({ result: expect.any(Error) as unknown, effects: [] });
  });
});
