import { totalmem } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { hashesAtOnce, shortageOfMemory } from './hashes-at-once.js';
import { thisMachine } from './machine.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

const machine = (cores: number, memoryBytes = 256 * GIB) => ({ cores, memoryBytes });
const settings = (more: object = {}) => ({
  databaseUrl: 'postgres://127.0.0.1/test' as string | undefined,
  argon2: { memoryKib: 19_456, timeCost: 2, parallelism: 1 },
  passwordThreads: undefined,
  memoryLimitBytes: undefined,
  ...more,
});

describe('how many passwords are hashed at once', () => {
  it.each<[string, object, ReturnType<typeof machine>, number]>([
    ['every core but one', {}, machine(8), 7],
    ['one, where there is one core', {}, machine(1), 1],
    ['what is configured', { passwordThreads: 3 }, machine(64), 3],
    ['what fits in MEMORY_LIMIT', { memoryLimitBytes: 512 * MIB }, machine(64), 4],
    [
      'fewer beside the embedded database',
      { memoryLimitBytes: GIB, databaseUrl: undefined },
      machine(64),
      17,
    ],
    ['no more than cores, whatever fits', { memoryLimitBytes: 4 * GIB }, machine(8), 7],
    ["what fits in the container's memory", {}, machine(64, GIB), 20],
    ['what fits there, whatever MEMORY_LIMIT says', { memoryLimitBytes: 2 * GIB }, machine(64, GIB), 20],
    ['what fits there, whatever is configured', { passwordThreads: 40 }, machine(64, GIB), 20],
    [
      'fewer, as each takes more',
      { argon2: { memoryKib: 65_536, timeCost: 2, parallelism: 1 } },
      machine(64, GIB),
      8,
    ],
    ['one, where there is no memory for any', {}, machine(64, 128 * MIB), 1],
  ])('is %s', (_, given, there, count) => {
    expect(hashesAtOnce(settings(given), there)).toBe(count);
  });
});

describe('a shortage of memory', () => {
  it.each<[object, number, string | undefined]>([
    [{}, 415 * MIB, undefined],
    [{}, 414 * MIB, 'Memory is short: 414 MiB, and 415 MiB are needed to hash 1 at once'],
    [{ passwordThreads: 4 }, 512 * MIB, undefined],
    [{ passwordThreads: 5 }, 512 * MIB, 'Passwords are hashed 4 at once.'],
  ])('is told of %p in %d', (given, memory, told) => {
    const said = shortageOfMemory(settings(given), machine(64, memory));
    if (told === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(told);
  });
});

describe('the machine', () => {
  it.each([
    ['of a container its limit', 64 * MIB, 64 * MIB],
    ['of the whole machine, where nothing is told', 0, totalmem()],
    ['of the whole machine, where the limit is beyond it', 2 ** 64, totalmem()],
  ])('has the memory %s', (_, constrained, bytes) => {
    expect(thisMachine(constrained).memoryBytes).toBe(bytes);
  });
});
