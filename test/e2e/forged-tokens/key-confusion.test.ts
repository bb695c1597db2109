import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyRing, type SigningKey } from '../../../src/keys/index.js';
import { encode, headerOf, resigned } from '../../builders/access-tokens.js';
import { attacked, expectAllRefused, outcome, type Attacked } from './attacked.js';

/** Every form in which a public key is met, for a verifier may hold it in any of them. */
function* encodings(key: KeyObject, published: object): Generator<[string, Buffer]> {
  for (const [name, bytes] of plainEncodings(key, published)) {
    yield [name, bytes];
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      yield [`${name} in ${encoding}`, Buffer.from(bytes.toString(encoding))];
  }
}

function* plainEncodings(key: KeyObject, published: object): Generator<[string, Buffer]> {
  const jwk = key.export({ format: 'jwk' });
  const types = key.asymmetricKeyType === 'rsa' ? (['spki', 'pkcs1'] as const) : (['spki'] as const);
  for (const type of types) {
    const pem = key.export({ format: 'pem', type }).toString();
    yield [`${type} PEM`, Buffer.from(pem)];
    yield [`${type} PEM without its last line break`, Buffer.from(pem.trimEnd())];
    yield [`${type} PEM with CRLF`, Buffer.from(pem.replaceAll('\n', '\r\n'))];
    yield [`${type} PEM in one line`, Buffer.from(pem.replaceAll('\n', ''))];
    yield [`${type} DER`, key.export({ format: 'der', type })];
  }
  yield ['JWK', Buffer.from(JSON.stringify(jwk))];
  yield ['JWK as published', Buffer.from(JSON.stringify(published))];
  yield ['JWK Set as published', Buffer.from(JSON.stringify({ keys: [published] }))];
  const numbers = [jwk.x, jwk.y, jwk.n, jwk.e].filter((one) => one !== undefined);
  const raw = numbers.map((one) => Buffer.from(one, 'base64url'));
  yield ['its numbers', Buffer.concat(raw)];
  for (const [i, one] of raw.entries()) yield [`its number ${i}`, one];
  yield ['raw point, uncompressed', Buffer.concat([Buffer.of(4), ...raw])];
  yield ['raw point, compressed', Buffer.concat([Buffer.of(2 + (raw[1]!.at(-1)! & 1)), raw[0]!])];
  yield ['its kid', Buffer.from((published as { kid: string }).kid)];
}

describe.each(['ES256', 'RS256'] as const)('key confusion, on a service of %s', (algorithm) => {
  let target: Attacked;
  let published: Record<string, unknown>;
  beforeAll(async () => {
    target = await attacked(algorithm);
    const { body } = await target.app.http.get('/.well-known/jwks.json');
    published = body.keys.find(({ kid }: { kid: string }) => kid === target.key.kid);
  });
  afterAll(() => target.app.stop());

  it.each([256, 384, 512])(
    'CVE-2016-5431: HS%i with the public key as the secret, in every encoding, under the real kid',
    async (bits) => {
      const publicKey = createPublicKey({ key: published, format: 'jwk' });
      const input = `${encode({ ...headerOf(target.genuine), alg: `HS${bits}` })}.${target.payload}`;
      await expectAllRefused(
        target,
        [...encodings(publicKey, published)].map(([name, secret]) => [
          name,
          `${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`,
        ]),
      );
    },
  );

  it('RFC 8725 §3.1: an algorithm belongs to its key: the same key under the name of another algorithm', async () => {
    const { genuine, payload, key } = target;
    const rsa = algorithm === 'RS256';
    const named = rsa
      ? ['PS256', 'PS384', 'PS512', 'RS384', 'RS512', 'ES256', 'rs256']
      : ['ES384', 'ES512', 'ES256K', 'RS256', 'EdDSA', 'es256'];
    await expectAllRefused(
      target,
      named.map((alg) => {
        const input = `${encode({ ...headerOf(genuine), alg })}.${payload}`;
        const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
        const signWith = { key: key.signWith, dsaEncoding: 'ieee-p1363' as const, ...padding };
        const digest = `sha${/384|512/.exec(alg)?.[0] ?? '256'}`;
        return [alg, `${input}.${sign(digest, Buffer.from(input), signWith).toString('base64url')}`];
      }),
    );
  });

  it('a signature of another kind by the very key, under the genuine header', async () => {
    const { header, payload, key } = target;
    const input = Buffer.from(`${header}.${payload}`);
    const signWith = { key: key.signWith, dsaEncoding: 'ieee-p1363' as const };
    const signatures = {
      'over SHA-384': sign('sha384', input, signWith),
      'over SHA-512': sign('sha512', input, signWith),
      'over SHA-1': sign('sha1', input, signWith),
      ...(algorithm === 'RS256' && { PSS: sign('sha256', input, { key: key.signWith, padding: 6 }) }),
    };
    await expectAllRefused(
      target,
      Object.entries(signatures).map(([name, bytes]) => [
        name,
        `${input.toString()}.${bytes.toString('base64url')}`,
      ]),
    );
  });

  it("a stranger's key of the same kind, under the real kid and under its own", async () => {
    const { privateKey } =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forge = (kid?: string) =>
      resigned(target.app, target.genuine, { key: { algorithm, signWith: privateKey }, header: { kid } });
    await expectAllRefused(target, [
      ['the real kid', forge(target.key.kid)],
      ['its own kid', forge('stranger')],
      ['no kid', forge(undefined)],
    ]);
  });

  it('the key of another instance of this service, with the same issuer', async () => {
    const other = await attacked(algorithm);
    const { kid, signWith } = other.key;
    const forge = (header: object) =>
      resigned(target.app, target.genuine, { key: { algorithm, signWith }, header });
    try {
      await expectAllRefused(target, [
        ['its genuine token', other.genuine],
        ['our claims, its kid', forge({ kid })],
        ['our claims, our kid', forge({})],
      ]);
    } finally {
      await other.app.stop();
    }
  });

  it('the next key is genuine: it is published, so that a forced change signs with a key known already', async () => {
    const { body } = await target.app.http.get('/.well-known/jwks.json');
    const kids = (body.keys as { kid: string }[]).map(({ kid }) => kid);
    const next = kids.find((kid) => kid !== target.key.kid)!;
    // Only a test reads the private half: what verifies is the same object as what signs.
    const { signWith } = target.app.nest.get(KeyRing).verificationKey(next) as SigningKey;
    const forge = (kid: string) =>
      resigned(target.app, target.genuine, { key: { algorithm, signWith }, header: { kid } });
    expect(await outcome(target, forge(next))).toBe('accepted');
    expect(await outcome(target, forge(target.key.kid))).toBe('invalid_token');
  });
});

describe('key confusion, on a service of HS256', () => {
  let target: Attacked;
  beforeAll(async () => {
    target = await attacked('HS256');
  });
  afterAll(() => target.app.stop());

  it('guessable secrets, and another algorithm with the very secret', async () => {
    const { genuine, payload, key } = target;
    const hmac = (alg: string, digest: string, secret: KeyObject | string): string => {
      const input = `${encode({ ...headerOf(genuine), alg })}.${payload}`;
      return `${input}.${createHmac(digest, secret).update(input).digest('base64url')}`;
    };
    await expectAllRefused(target, [
      ...['', '\0', 'secret', 'undefined', 'null', '[object Object]', key.kid].map(
        (secret): [string, string] => [JSON.stringify(secret), hmac('HS256', 'sha256', secret)],
      ),
      ['HS384', hmac('HS384', 'sha384', key.signWith)],
      ['HS512', hmac('HS512', 'sha512', key.signWith)],
      ['HS512 under the header of HS256', hmac('HS256', 'sha512', key.signWith)],
      ['RS256', hmac('RS256', 'sha256', key.signWith)],
      ['hs256', hmac('hs256', 'sha256', key.signWith)],
    ]);
  });
});
