import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VerificationKey } from '../../../src/keys/index.js';

export interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid';
  readonly flags: readonly string[];
  readonly token: string;
}

export interface Group {
  readonly name: string;
  readonly keys: readonly JsonWebKey[];
  readonly vectors: readonly Vector[];
}

interface FiledVector extends Omit<Vector, 'token'> {
  readonly jws?: unknown;
  readonly jwe?: unknown;
}

interface FiledGroup {
  readonly comment: string;
  readonly public?: JsonWebKey;
  readonly private?: JsonWebKey;
  readonly tests: readonly FiledVector[];
}

/** The folder of the vectors: named by SUMUN_WYCHEPROOF, or `shared/wycheproof` beside or above the repository. */
export function findVectors(): string | undefined {
  const named = process.env['SUMUN_WYCHEPROOF'];
  if (named !== undefined) return named;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const found = join(folder, 'shared', 'wycheproof');
    if (existsSync(found)) return found;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
}

export function readGroups(folder: string, file: string): Group[] {
  const { testGroups } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    testGroups: FiledGroup[];
  };
  return testGroups.map((group, i) => {
    const key = group.public ?? group.private!;
    const keys = (key['keys'] ?? [key]) as JsonWebKey[];
    const vectors = group.tests.map(({ jws, jwe, ...rest }) => ({ ...rest, token: textOf(jws ?? jwe) }));
    const algorithms = [...new Set(keys.map(({ alg }) => String(alg)))].join(', ');
    return { name: `group ${i}: ${group.comment} (${algorithms})`, keys, vectors };
  });
}

/** A vector in the JSON form may stand in the file as an object. */
function textOf(token: unknown): string {
  return typeof token === 'string' ? token : JSON.stringify(token);
}

/**
 * A key of the vectors as the key ring would hold it.
 *
 * @throws where node:crypto finds that it is none.
 */
export function verificationKey(jwk: JsonWebKey): VerificationKey {
  const verifyWith =
    jwk.kty === 'oct'
      ? createSecretKey(Buffer.from(jwk.k!, 'base64url'))
      : createPublicKey({ key: jwk, format: 'jwk' });
  return { kid: jwk['kid'] as string, algorithm: jwk['alg'] as VerificationKey['algorithm'], verifyWith };
}
