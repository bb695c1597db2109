import { createHmac, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import {
  keyPairFromDer,
  makeKeyPair,
  publicJwk,
  sharedSecretKey,
  toDer,
  type AsymmetricAlgorithm,
} from './signing-key.js';

const KINDS: [AsymmetricAlgorithm, string[]][] = [
  ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
];

describe.each(KINDS)('an %s key pair', (algorithm, members) => {
  const made = makeKeyPair(algorithm);

  it('RFC 7638: its kid is the thumbprint that another implementation computes', async () => {
    const { kid, verifyWith } = await made;
    expect(kid).toBe(await calculateJwkThumbprint(verifyWith.export({ format: 'jwk' }), 'sha256'));
    expect(kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('verifies what it signs', async () => {
    const { signWith, verifyWith } = await made;
    const signature = sign('sha256', Buffer.from('a'), signWith);
    expect(verify('sha256', Buffer.from('a'), verifyWith, signature)).toBe(true);
    expect(verify('sha256', Buffer.from('b'), verifyWith, signature)).toBe(false);
  });

  it('comes back whole from DER', async () => {
    const pair = await made;
    const again = keyPairFromDer(algorithm, toDer(pair));
    expect({ kid: again.kid, algorithm: again.algorithm }).toEqual({ kid: pair.kid, algorithm });
    expect(again.signWith.equals(pair.signWith)).toBe(true);
    expect(again.verifyWith.type).toBe('public');
  });

  it('publishes public members only', async () => {
    const jwk = publicJwk(await made);
    expect(Object.keys(jwk).sort()).toEqual(members);
    expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: (await made).kid });
  });

  it('is another one each time', async () => {
    expect((await makeKeyPair(algorithm)).kid).not.toBe((await made).kid);
  });
});

describe('key strength', () => {
  it('ES256 is on P-256; RS256 has 3072 bits, RFC 7518 §3.3 asks at least 2048', async () => {
    expect((await makeKeyPair('ES256')).signWith.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect((await makeKeyPair('RS256')).signWith.asymmetricKeyDetails).toMatchObject({ modulusLength: 3072 });
  });
});

describe('a shared secret', () => {
  const secret = 'a secret of at least thirty-two bytes, 한글';

  it('has the kid of the contract: base64url of the first 12 bytes of HMAC-SHA-256(secret, "sumun kid")', () => {
    const mac = createHmac('sha256', Buffer.from(secret, 'utf8')).update('sumun kid').digest();
    expect(sharedSecretKey(secret).kid).toBe(mac.subarray(0, 12).toString('base64url'));
    // Computed apart from this code: a change would make every issued token's key unknown.
    expect(sharedSecretKey('0123456789abcdef0123456789abcdef').kid).toBe('keuqjP7OM57qSbhI');
  });

  it('is the UTF-8 bytes of the string as given: neither decoded nor trimmed', () => {
    for (const given of [secret, ` ${secret} `, 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=']) {
      const { signWith, verifyWith, algorithm } = sharedSecretKey(given);
      expect(signWith.export()).toEqual(Buffer.from(given, 'utf8'));
      expect(verifyWith).toBe(signWith);
      expect(algorithm).toBe('HS256');
    }
  });

  it('tells secrets apart without telling them', () => {
    const { kid } = sharedSecretKey(secret);
    expect(sharedSecretKey(`${secret} `).kid).not.toBe(kid);
    expect(kid).toMatch(/^[A-Za-z0-9_-]{16}$/);
  });
});
