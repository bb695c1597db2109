import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfiguration } from '../config/index.js';
import { constantTimeEqual, ForeignKey, open, randomBytes, seal, SealBroken, Secrets } from './index.js';

const KEY = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const keys = { current: KEY, previous: undefined };

describe('seal and open', () => {
  it('gives back what was sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, aad) => {
        expect(open(keys, seal(KEY, Buffer.from(bytes), aad), aad).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('still opens with the previous key', () => {
    expect(open({ current: OTHER, previous: KEY }, seal(KEY, Buffer.from('a'), 'x'), 'x').toString()).toBe(
      'a',
    );
  });

  it('names a foreign key, and not its bytes', () => {
    const sealed = seal(OTHER, Buffer.from('a'), 'x');
    expect(() => open(keys, sealed, 'x')).toThrow(ForeignKey);
    expect(() => open(keys, sealed, 'x')).toThrow(sealed.subarray(0, 4).toString('hex'));
    expect(OTHER.includes(sealed.subarray(0, 4))).toBe(false);
  });

  it('swap attack: a sealed value is not taken in another place', () => {
    expect(() => open(keys, seal(KEY, Buffer.from('a'), 'row 1'), 'row 2')).toThrow(SealBroken);
  });

  it('tampering: no altered or cut byte is taken', () => {
    const sealed = seal(KEY, Buffer.from('secret'), 'x');
    for (let i = 0; i < sealed.length; i++) {
      const altered = Buffer.from(sealed);
      altered[i]! ^= 1;
      expect(() => open(keys, altered, 'x')).toThrow(i < 4 ? ForeignKey : SealBroken);
      expect(() => open(keys, sealed.subarray(0, i), 'x')).toThrow(SealBroken);
    }
  });

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 200 }, () =>
      seal(KEY, Buffer.alloc(0), '').subarray(4, 16).toString('hex'),
    );
    expect(new Set(nonces).size).toBe(200);
  });
});

describe('constantTimeEqual', () => {
  it('compares bytes, and takes different lengths', () => {
    expect(constantTimeEqual(Buffer.from('ab'), Buffer.from('ab'))).toBe(true);
    expect(constantTimeEqual(Buffer.from('ab'), Buffer.from('ac'))).toBe(false);
    expect(constantTimeEqual(Buffer.from('ab'), Buffer.from('abc'))).toBe(false);
  });
});

describe('Secrets', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    dataDir = join(folder, 'data');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  function secrets(env: Record<string, string> = {}): Secrets {
    return new Secrets(loadConfiguration({ DATA_DIR: dataDir, ...env }, folder));
  }

  async function loaded(env?: Record<string, string>): Promise<Secrets> {
    const made = secrets(env);
    await made.load();
    return made;
  }

  it('opens nothing when constructed, and gives nothing before it is loaded', async () => {
    expect(() => secrets().key('wrap')).toThrow('not loaded');
    expect(() => secrets().jwtSecrets()).toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes a development secret once, for its owner only, and finds it again', async () => {
    const path = join(dataDir, 'secret_key');
    expect(await secrets().load()).toEqual({ files: [path], made: [path] });
    expect(await secrets().load()).toEqual({ files: [path], made: [] });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'secret_key'))).mode & 0o777).toBe(0o600);
    expect((await loaded()).key('wrap')).toEqual((await loaded()).key('wrap'));
  });

  it('race: many processes that start at once agree on one secret, and leave no drafts', async () => {
    const all = Array.from({ length: 20 }, () => secrets({ JWT_ALGORITHM: 'HS256' }));
    const outcomes = await Promise.all(all.map((each) => each.load()));
    expect(new Set(all.map((each) => each.key('wrap').current.toString('hex'))).size).toBe(1);
    expect(new Set(all.map((each) => each.jwtSecrets().current)).size).toBe(1);
    expect(outcomes.flatMap(({ made }) => made).sort()).toEqual([
      join(dataDir, 'jwt_secret'),
      join(dataDir, 'secret_key'),
    ]);
    expect((await readdir(dataDir)).sort()).toEqual(['jwt_secret', 'secret_key']);
  });

  it.each(['', 'short', `${'A'.repeat(42)}B`])(
    'a damaged file %p is refused, not taken for a weaker key',
    async (content) => {
      await secrets().load();
      await writeFile(join(dataDir, 'secret_key'), content);
      await expect(secrets().load()).rejects.toThrow('damaged');
    },
  );

  it('derives one key per purpose by HKDF-SHA-256 and never gives SECRET_KEY itself', async () => {
    const master = Buffer.alloc(32, 7);
    const given = await loaded({
      SECRET_KEY: master.toString('base64url'),
      SECRET_KEY_PREVIOUS: OTHER.toString('base64url'),
    });
    const purposes = ['wrap', 'refresh', 'cursor', 'audit'] as const;
    const derived = purposes.flatMap((purpose) => [given.key(purpose).current, given.key(purpose).previous!]);
    expect(new Set([...derived, master, OTHER].map((key) => key.toString('hex'))).size).toBe(10);
    expect(derived.every((key) => key.length === 32)).toBe(true);
    // Computed apart from this code; a change here would lose every encrypted key in the field.
    expect(given.key('wrap').current.toString('hex')).toBe(
      '6a06d23e963efdaeb4a40a54cba39121299de0b33e1f0704b8980762477502e7',
    );
  });

  it('HS256 takes the configured secret as it is given, and the previous one beside it', async () => {
    const [now, before] = ['n'.repeat(32), 'b'.repeat(32)];
    const given = await loaded({ JWT_ALGORITHM: 'HS256', JWT_SECRET: now, JWT_SECRET_PREVIOUS: before });
    expect(given.jwtSecrets()).toEqual({ current: now, previous: before });
    expect(await readdir(dataDir)).toEqual(['secret_key']);
  });

  it('makes no HS256 secret that nobody asked for', async () => {
    await secrets().load();
    await expect(readFile(join(dataDir, 'jwt_secret'))).rejects.toThrow('ENOENT');
  });

  it('randomBytes are random', () => {
    expect(randomBytes(16).equals(randomBytes(16))).toBe(false);
  });
});
