import { describe, expect, it } from '@jest/globals';
import { loadConfiguration } from '../platform/config/index.js';
import { hashesAtOnce } from './hashes-at-once.js';

const GIB = 1024 ** 3;
const given = (variables: Record<string, string>) =>
  loadConfiguration({ NODE_ENV: 'test', DATABASE_URL: 'postgres://127.0.0.1/test', ...variables });

describe('how many passwords are hashed at once', () => {
  it.each<[string, Record<string, string>, number, number | undefined, number]>([
    ['every core but one', {}, 8, undefined, 7],
    ['one, where there is one core', {}, 1, undefined, 1],
    ['what is configured', { PASSWORD_THREADS: '3' }, 64, undefined, 3],
    ['what fits in MEMORY_LIMIT', { MEMORY_LIMIT: '512M' }, 64, undefined, 6],
    ['no more than cores, whatever fits', { MEMORY_LIMIT: '4G' }, 8, undefined, 7],
    ["what fits in the container's memory", {}, 64, GIB, 22],
    ['fewer, as each takes more', { PASSWORD_HASH_MEMORY: '65536' }, 64, GIB, 9],
    ['what MEMORY_LIMIT says, not the container', { MEMORY_LIMIT: '2G' }, 64, GIB, 55],
    ['one, where the container is too small for any', {}, 64, GIB / 8, 1],
  ])('is %s', (_, variables, cores, container, count) => {
    expect(hashesAtOnce(given(variables), cores, container)).toBe(count);
  });

  it('leaves more to the embedded database', () => {
    const embedded = loadConfiguration({ NODE_ENV: 'test', MEMORY_LIMIT: '1G' });
    expect(hashesAtOnce(embedded, 64)).toBeLessThan(hashesAtOnce(given({ MEMORY_LIMIT: '1G' }), 64));
  });
});
