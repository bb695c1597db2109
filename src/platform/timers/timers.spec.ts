import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DatabaseUnavailable } from '../database/index.js';
import { Timers } from './timers.js';

describe('timers', () => {
  let timers: Timers;
  let runs: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    timers = new Timers();
    runs = [];
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('run nothing before the start, then every task by its interval', async () => {
    timers.every(2, 'seal', async () => void runs.push('seal'));
    timers.every(5, 'fold', async () => void runs.push('fold'));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(runs).toEqual([]);
    timers.start();
    await jest.advanceTimersByTimeAsync(5_500);
    expect(runs).toEqual(['seal', 'seal', 'fold']);
  });

  it('do not overtake a run that is under way, and stop after it with a last one', async () => {
    let finish = (): void => undefined;
    timers.every(1, 'slow', () => {
      runs.push('begun');
      return new Promise((resolve) => (finish = resolve));
    });
    timers.start();
    await jest.advanceTimersByTimeAsync(3_500);
    expect(runs).toEqual(['begun']);
    const stopped = timers.beforeApplicationShutdown();
    finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(runs).toEqual(['begun', 'begun']);
    finish();
    await stopped;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(runs).toEqual(['begun', 'begun']);
  });

  it('that were never started run nothing at the stop: the database may not have been opened', async () => {
    timers.every(1, 'seal', async () => void runs.push('seal'));
    await timers.beforeApplicationShutdown();
    expect(runs).toEqual([]);
  });

  it('outlive a task that fails, and say once that the database is away', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const told = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    let away = true;
    timers.every(1, 'Sealing', async () => {
      if (away) throw new DatabaseUnavailable('away');
      runs.push('sealed');
    });
    timers.start();
    await jest.advanceTimersByTimeAsync(3_500);
    expect(warned.mock.calls).toEqual([['Sealing waits: the database is not available.']]);
    away = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(runs).toEqual(['sealed', 'sealed']);
    expect(told.mock.calls).toEqual([['Sealing works again.']]);
  });

  describe('a task that fails', () => {
    let said: string[];
    let fail: (() => Error) | undefined;

    beforeEach(() => {
      said = [];
      jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void said.push(line as string));
      jest.spyOn(Logger.prototype, 'log').mockImplementation((line) => void said.push(line as string));
      jest
        .spyOn(Logger.prototype, 'error')
        .mockImplementation((error, line) => void said.push(`${line as string} ${(error as Error).message}`));
      timers.every(1, 'Sealing', async () => {
        if (fail) throw fail();
      });
      timers.start();
    });

    async function seconds(count: number, failing?: () => Error): Promise<void> {
      fail = failing;
      await jest.advanceTimersByTimeAsync(count * 1000);
    }

    const away = () => new DatabaseUnavailable('away');

    it('tells each kind of failure once, an outage after it too, and that it works again', async () => {
      await seconds(5, () => new Error('full'));
      await seconds(5, away);
      await seconds(5, () => new Error('broken'));
      await seconds(5, () => new Error('full'));
      await seconds(5);
      await seconds(5, () => new Error('full'));
      expect(said).toEqual([
        'Sealing failed. full',
        'Sealing waits: the database is not available.',
        'Sealing failed. broken',
        'Sealing works again.',
        'Sealing failed. full',
      ]);
    });

    it('is of one kind whatever values the failing query had', async () => {
      let n = 0;
      await seconds(5, () => new Error(`Failed query\nparams: ${++n}`));
      await seconds(5, () => new Error(`at ${++n}`, { cause: new Error('no such column') }));
      expect(said).toEqual(['Sealing failed. Failed query\nparams: 1', 'Sealing failed. at 6']);
    });

    it('flood: errors that are never the same are ten lines, and an outage is told still', async () => {
      let n = 0;
      await seconds(50, () => new Error(`number ${++n}`));
      expect(said).toHaveLength(10);
      await seconds(5, away);
      expect(said.slice(10)).toEqual(['Sealing waits: the database is not available.']);
    });
  });
});
