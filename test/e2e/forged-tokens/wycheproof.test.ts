import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JsonWebKey } from 'node:crypto';
import { Authenticator, type Principal } from '../../../src/access/index.js';
import { KeyRing, type VerificationKey } from '../../../src/keys/index.js';
import { AccessTokensService } from '../../../src/tokens/index.js';
import { configurationOf, startApp, type TestApp } from '../../support/app.js';
import { findVectors, readGroups, verificationKey, type Group, type Vector } from './vectors.js';

/*
 * What is covered: each vector is sent to GET /protected of the running app, as a bearer token. Two doubles
 * make room for it, one on either side of the verification:
 *   - the key ring knows the keys of the vector's group, by their own kid and alg, and no others;
 *   - `AccessTokensService.accept`, which is called only where the signature is genuine, says yes without
 *     asking for the profile of an access token (typ, claims), which no vector has.
 * Everything between is what serves every request: the header, the memory, Passport, JwtStrategy,
 * `AccessTokensService.keyOf` (form, base64url, crit, kid, alg) and the check of the signature.
 */

const SUPPORTED = ['ES256', 'RS256', 'HS256'];
const CALLER = { userId: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11', roles: [] } as unknown as Principal;

/** Vectors on which this service is stricter than the JOSE RFCs, or on which the vectors contradict themselves. */
const STRICTER: readonly { applies: (vector: Vector) => boolean; reason: string }[] = [
  {
    applies: ({ comment }) => comment === 'emptyPayload',
    reason: 'an empty payload is a genuine JWS, and never a JWT (RFC 7519 §7.2)',
  },
  {
    applies: ({ comment }) => /^InvalidCharacterInserted/.test(comment),
    reason: 'any character outside the compact form is refused, though RFC 2045 decoders skip it',
  },
];

/** What these files test about importing keys: nothing imports keys here, the ring makes its own. */
const NOT_APPLICABLE: readonly { comment: string; reason: string }[] = [
  { comment: 'rejectsKeyWithRocaVulnerability', reason: 'RSA keys are made by OpenSSL here, never imported' },
  { comment: 'rejects1024bitRsaKey', reason: 'RSA keys are made with 3072 bits here, never imported' },
  { comment: 'rejectsPublicExponent1', reason: 'RSA keys are made with e = 65537 here, never imported' },
  { comment: 'rejectsDuplicateKid', reason: 'the ring holds one key per kid, named by its own thumbprint' },
];
const MIXED =
  'the ring holds shared secrets beside pairs on purpose, each bound to its alg (change of JWT_ALGORITHM)';
const NOT_FOR_SIGNATURES =
  'the ring holds keys for signatures alone; no use or key_ops is read from anywhere';

const folder = findVectors();

if (folder === undefined) {
  describe('Project Wycheproof', () => {
    it.skip('its vectors were not found: set SUMUN_WYCHEPROOF, or put them under ../shared/wycheproof', () => {});
  });
} else {
  const files = ['json_web_signature_test.json', 'json_web_key_test.json', 'json_web_crypto_test.json'];
  describe.each(files)('Project Wycheproof, %s', (file) => runFile(readGroups(folder, file)));
}

function runFile(groups: readonly Group[]): void {
  let app: TestApp;
  let ring = new Map<string, VerificationKey>();

  beforeAll(async () => {
    app = await startApp();
    jest.spyOn(app.nest.get(KeyRing), 'verificationKey').mockImplementation((kid) => ring.get(kid));
    jest.spyOn(app.nest.get(AccessTokensService), 'accept').mockReturnValue(CALLER);
  });
  afterAll(() => app.stop());

  async function isVerified(token: string): Promise<boolean> {
    const { status } = await app.http.get('/protected', { token });
    expect([200, 401]).toContain(status);
    return status === 200;
  }

  describe.each(groups.map((group) => [group.name, group] as const))('%s', (_, { keys, vectors }) => {
    const usable = importable(keys);
    const runnable = vectors.filter((vector) => skipReason(vector, keys, vectors) === undefined);
    const expected = (vector: Vector): boolean =>
      vector.result === 'valid' && supported(keys) && reasonToRefuse(vector) === undefined;

    beforeAll(() => {
      ring = new Map(usable.map((key) => [key.kid, key]));
    });

    if (runnable.length > 0) {
      it(summary(vectors, runnable, keys), async () => {
        const wrong: string[] = [];
        for (const vector of runnable) {
          const verified = await isVerified(vector.token);
          if (verified !== expected(vector))
            wrong.push(
              `${vector.tcId} ${vector.comment} is ${vector.result}, and was ${verified ? '' : 'not '}verified`,
            );
        }
        expect(wrong).toEqual([]);
      });
    }

    for (const vector of vectors) {
      const skipped = skipReason(vector, keys, vectors);
      if (skipped) it.skip(`${vector.tcId} ${vector.comment}: ${skipped}`, () => {});
      const refused = vector.result === 'valid' && supported(keys) && reasonToRefuse(vector);
      if (refused)
        it(`${vector.tcId} ${vector.comment} is refused: ${refused}`, async () => {
          expect(await isVerified(vector.token)).toBe(false);
        });
    }

    const lengths = keys
      .filter(({ kty }) => kty === 'oct')
      .map(({ k }) => Buffer.from(k!, 'base64url').length);
    for (const length of lengths.filter((one) => one > 0 && one < 32)) {
      it(`a shared secret of ${length} bytes never gets into the ring: the configuration refuses it`, () => {
        const env = { JWT_ALGORITHM: 'HS256', JWT_SECRET: 'k'.repeat(length) };
        expect(() => configurationOf(app.place, env)).toThrow();
      });
    }
  });

  it('asks the function that serves requests', async () => {
    const asked = jest.spyOn(app.nest.get(Authenticator), 'authenticate');
    await isVerified('a.b.c');
    expect(asked).toHaveBeenCalledTimes(1);
  });
}

function summary(
  vectors: readonly Vector[],
  runnable: readonly Vector[],
  keys: readonly JsonWebKey[],
): string {
  const count = (result: string) => runnable.filter((vector) => vector.result === result).length;
  const treated = supported(keys)
    ? `${count('valid')} valid and ${count('invalid')} invalid are told apart`
    : 'an algorithm that nobody speaks here: all are refused, valid or not';
  return `${runnable.length} of ${vectors.length} vectors: ${treated}`;
}

function supported(keys: readonly JsonWebKey[]): boolean {
  return keys.some(({ alg }) => SUPPORTED.includes(alg as string));
}

function skipReason(
  vector: Vector,
  keys: readonly JsonWebKey[],
  vectors: readonly Vector[],
): string | undefined {
  const { comment, result } = vector;
  if (contradicts(vector, vectors)) return 'it is letter by letter a valid vector of this group';
  if (result === 'invalid' && new Set(keys.map(({ kty }) => kty === 'oct')).size > 1) return MIXED;
  const forSignatures = keys.every(({ use, alg }) => use === 'enc' && SUPPORTED.includes(alg as string));
  if (forSignatures && result === 'invalid') return NOT_FOR_SIGNATURES;
  if (comment === 'key_too_short' && supported(keys))
    return 'no such secret gets past the configuration (tested below)';
  if (comment === 'empty_key' && supported(keys)) return 'an empty variable counts as none: a secret is made';
  return NOT_APPLICABLE.find((one) => one.comment === comment)?.reason;
}

function reasonToRefuse(vector: Vector): string | undefined {
  return STRICTER.find(({ applies }) => applies(vector))?.reason;
}

/** An invalid vector that is, letter by letter, a valid one of its group: its oddity was lost in the file. */
function contradicts(vector: Vector, vectors: readonly Vector[]): boolean {
  return (
    vector.result === 'invalid' &&
    vectors.some(({ result, token }) => result === 'valid' && token === vector.token)
  );
}

/** Keys that node:crypto refuses to read verify nothing. */
function importable(keys: readonly JsonWebKey[]): VerificationKey[] {
  return keys.flatMap((jwk) => {
    try {
      return [verificationKey(jwk)];
    } catch {
      return [];
    }
  });
}
