import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';

export type SigningAlgorithm = 'ES256' | 'RS256' | 'HS256';
export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;

/** A key that verifies. An algorithm belongs to its key: a token is measured by its key's, not by its header's. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly verifyWith: KeyObject;
}

/** A key that signs. */
export interface SigningKey extends VerificationKey {
  readonly signWith: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Makes a key pair: P-256 for ES256; 3072 bits for RS256 (RFC 7518 §3.3 asks at least 2048). */
export async function makeKeyPair(algorithm: AsymmetricAlgorithm): Promise<SigningKey> {
  const { privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 3072 });
  return keyPairOf(algorithm, privateKey);
}

/** Reads a private key in PKCS #8 DER. */
export function keyPairFromDer(algorithm: AsymmetricAlgorithm, der: Buffer): SigningKey {
  return keyPairOf(algorithm, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

export function toDer(key: SigningKey): Buffer {
  return key.signWith.export({ format: 'der', type: 'pkcs8' });
}

function keyPairOf(algorithm: AsymmetricAlgorithm, privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return {
    kid: thumbprint(publicKey.export({ format: 'jwk' })),
    algorithm,
    signWith: privateKey,
    verifyWith: publicKey,
  };
}

/**
 * The shared secret of the source design: the UTF-8 bytes of the string as given. Its `kid` names the secret
 * without telling it: base64url of the first 12 bytes of HMAC-SHA-256(secret, `sumun kid`).
 */
export function sharedSecretKey(secret: string): SigningKey {
  const bytes = Buffer.from(secret, 'utf8');
  const kid = createHmac('sha256', bytes).update('sumun kid').digest().subarray(0, 12).toString('base64url');
  const key = createSecretKey(bytes);
  return { kid, algorithm: 'HS256', signWith: key, verifyWith: key };
}

/** RFC 7638 §3: SHA-256 over the required members, in lexicographic order, without white space. */
function thumbprint(jwk: JsonWebKey): string {
  const required =
    jwk.kty === 'EC'
      ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
      : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url');
}

/** A public key as RFC 7517 §4 publishes it; of a private key, only its public members ever come here. */
export function publicJwk({ kid, algorithm, verifyWith }: VerificationKey): Record<string, unknown> {
  return { ...verifyWith.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}
