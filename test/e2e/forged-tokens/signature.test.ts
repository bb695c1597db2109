import { createHmac, createHash, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimsOf, encode, resigned } from '../../builders/access-tokens.js';
import { aSignedInUser } from '../../builders/users.js';
import { ALGORITHMS, attacked, expectAllRefused, outcome, type Attacked } from './attacked.js';

/** The order of P-256 (FIPS 186-5). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const big = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const bytesOf = (value: bigint, length: number): Buffer =>
  Buffer.from(
    value
      .toString(16)
      .padStart(length * 2, '0')
      .slice(-length * 2),
    'hex',
  );

describe.each(ALGORITHMS)('the signature, on a service of %s', (algorithm) => {
  let target: Attacked;
  let raw: Buffer;
  beforeAll(async () => {
    target = await attacked(algorithm);
    raw = Buffer.from(target.signature, 'base64url');
  });
  afterAll(() => target.app.stop());

  const withSignature = (bytes: Buffer): string =>
    `${target.header}.${target.payload}.${bytes.toString('base64url')}`;
  const refuse = (signatures: Record<string, Buffer>) =>
    expectAllRefused(
      target,
      Object.entries(signatures).map(([name, bytes]) => [name, withSignature(bytes)]),
    );

  it('truncated: from behind, from the front, to nothing', async () => {
    const { header, payload, signature } = target;
    await refuse({
      'a byte behind': raw.subarray(0, -1),
      'a byte in front': raw.subarray(1),
      'the first half': raw.subarray(0, raw.length / 2),
      'the second half': raw.subarray(raw.length / 2),
      'one byte': raw.subarray(0, 1),
    });
    const input = `${header}.${payload}`;
    const ends = [1, 2, 3, 10, signature.length - 1, signature.length].map((cut): [string, string] => [
      `${cut} characters`,
      `${input}.${signature.slice(0, -cut)}`,
    ]);
    await expectAllRefused(target, [...ends, ['stripped, with its dot', input]]);
  });

  it('extended: in front and behind, by zeros and by itself', async () => {
    const zero = Buffer.alloc(1);
    await refuse({
      'a zero behind': Buffer.concat([raw, zero]),
      'a zero in front': Buffer.concat([zero, raw]),
      twice: Buffer.concat([raw, raw]),
      'zeros to the next power of two': Buffer.concat([raw, Buffer.alloc(raw.length)]),
      '2 KB of zeros': Buffer.concat([raw, Buffer.alloc(2048)]),
    });
  });

  it('every bit flipped once', async () => {
    // Of 3072 bits of RSA every seventh: one after another they meet every byte and every bit of a byte.
    const step = algorithm === 'RS256' ? 7 : 1;
    function* flipped(): Generator<[string, string]> {
      for (let bit = 0; bit < raw.length * 8; bit += step) {
        const copy = Buffer.from(raw);
        copy[bit >> 3]! ^= 1 << (bit & 7);
        yield [`bit ${bit}`, withSignature(copy)];
      }
    }
    await expectAllRefused(target, flipped());
  });

  it('of nothing but one byte, over and over', async () => {
    await refuse({
      'CVE-2022-21449: zeros': Buffer.alloc(raw.length),
      ones: Buffer.alloc(raw.length, 0xff),
      'the number one': Buffer.concat([Buffer.alloc(raw.length - 1), Buffer.of(1)]),
    });
  });

  it('reversed, and its halves the other way round', async () => {
    const half = raw.length / 2;
    await refuse({
      reversed: Buffer.from(raw).reverse(),
      halves: Buffer.concat([raw.subarray(half), raw.subarray(0, half)]),
    });
  });

  it('of another token of the same key, and the header or the payload of another', async () => {
    const other = resigned(target.app, target.genuine, { claims: { roles: ['admin'] } }).split('.');
    const { header, payload, signature } = target;
    await expectAllRefused(target, [
      ['its signature', `${header}.${payload}.${other[2]}`],
      ['its payload', `${header}.${other[1]}.${signature}`],
    ]);
    const longForm = { typ: 'application/at+jwt' };
    const respelt = resigned(target.app, target.genuine, { header: longForm }).split('.');
    await expectAllRefused(target, [
      ['swapped header', `${respelt[0]}.${payload}.${signature}`],
      ['swapped header and payload', `${respelt[0]}.${other[1]}.${signature}`],
      ['parts in another order', `${payload}.${header}.${signature}`],
    ]);
  });

  it('of a device of one’s own, on the claims of an admin', async () => {
    const own = await aSignedInUser(target.app);
    const [header, , signature] = own.tokens.access_token.split('.');
    for (const claims of [
      { roles: ['admin'] },
      { sub: target.user.id },
      { scope: 'everything' },
      { ver: 99 },
    ]) {
      const payload = encode({ ...claimsOf(own.tokens.access_token), ...claims });
      await expectAllRefused(target, [[JSON.stringify(claims), `${header}.${payload}.${signature}`]]);
    }
  });

  it('over something near to what is to be signed', async () => {
    const { header, payload, key } = target;
    const inputs = { header, payload, both: header + payload, 'with a dot': `${header}.${payload}.` };
    const signed = (input: string | Buffer): Buffer =>
      algorithm === 'HS256'
        ? createHmac('sha256', key.signWith).update(input).digest()
        : sign('sha256', Buffer.from(input), { key: key.signWith, dsaEncoding: 'ieee-p1363' });
    const digest = createHash('sha256').update(`${header}.${payload}`).digest();
    await refuse({
      ...Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, signed(input)])),
      'the digest in place of the text': signed(digest),
      'the decoded text': signed(Buffer.from(header + payload, 'base64url')),
    });
    // Only RSA and HMAC sign twice alike; but any genuine signature of the very text is one.
    expect(await outcome(target, withSignature(signed(`${header}.${payload}`)))).toBe('accepted');
  });
});

describe('a signature of ECDSA', () => {
  let target: Attacked;
  let raw: Buffer;
  beforeAll(async () => {
    target = await attacked('ES256');
    raw = Buffer.from(target.signature, 'base64url');
  });
  afterAll(() => target.app.stop());

  const withSignature = (bytes: Buffer): string =>
    `${target.header}.${target.payload}.${bytes.toString('base64url')}`;
  const halves = () => ({ r: big(raw.subarray(0, 32)), s: big(raw.subarray(32)) });
  const pair = (r: bigint, s: bigint, length = 32): Buffer =>
    Buffer.concat([bytesOf(r, length), bytesOf(s, length)]);

  it('RFC 7518 §3.4: in DER instead of R ‖ S', async () => {
    const { header, payload, key } = target;
    const input = Buffer.from(`${header}.${payload}`);
    const der = sign('sha256', input, key.signWith);
    const p384 = Buffer.concat([Buffer.alloc(16), raw.subarray(0, 32), Buffer.alloc(16), raw.subarray(32)]);
    await expectAllRefused(target, [
      ['DER', withSignature(der)],
      ['DER, cut to 64 bytes', withSignature(der.subarray(0, 64))],
      ['DER in hex', `${input.toString()}.${der.toString('hex')}`],
      ['as long as of P-384', withSignature(p384)],
    ]);
  });

  it('r or s is 0, 1, n − 1, n, n + 1 or 2^256 − 1, each with each and with the genuine one', async () => {
    const { r, s } = halves();
    const edges: [string, bigint][] = Object.entries({ 0: 0n, 1: 1n, 'n-1': N - 1n, n: N, 'n+1': N + 1n });
    edges.push(['2^256-1', 2n ** 256n - 1n]);
    const forged = [...edges, ['r', r] as [string, bigint]].flatMap(([nameR, one]) =>
      [...edges, ['s', s] as [string, bigint]].map(([nameS, two]): [string, string] => [
        `r=${nameR} s=${nameS}`,
        withSignature(pair(one, two)),
      ]),
    );
    await expectAllRefused(
      target,
      forged.filter(([, token]) => token !== target.genuine),
    );
  });

  it('r + n and s + n: another number of the same class, wrapped or in more bytes', async () => {
    const { r, s } = halves();
    await expectAllRefused(target, [
      ['r+n, wrapped', withSignature(pair(r + N, s))],
      ['s+n, wrapped', withSignature(pair(r, s + N))],
      ['both, wrapped', withSignature(pair(r + N, s + N))],
      ['r+n in 33 bytes', withSignature(pair(r + N, s, 33))],
      ['s+n in 33 bytes', withSignature(pair(r, s + N, 33))],
      ['the same in 33 bytes', withSignature(pair(r, s, 33))],
      ['the same in 48 bytes', withSignature(pair(r, s, 48))],
      ['-r', withSignature(pair(N - r, s))],
      ['-r and -s', withSignature(pair(N - r, N - s))],
    ]);
  });

  it('its twin (r, n − s) is genuine (RFC 7518 asks for no low s): it says the same, and ends as the token does', async () => {
    const { r, s } = halves();
    const twin = withSignature(pair(r, N - s));
    expect(twin).not.toBe(target.genuine);
    expect(await outcome(target, twin)).toBe('accepted');
    await target.app.http.post('/auth/logout', undefined, { token: target.genuine });
    expect(await outcome(target, twin)).toBe('token_revoked');
  });
});

describe('a signature of RSA', () => {
  let target: Attacked;
  beforeAll(async () => {
    target = await attacked('RS256');
  });
  afterAll(() => target.app.stop());

  it('as another number of the same class: s + n, n − s, n, n − 1', async () => {
    const { header, payload, signature, key } = target;
    const raw = Buffer.from(signature, 'base64url');
    const n = big(Buffer.from(key.verifyWith.export({ format: 'jwk' }).n!, 'base64url'));
    const s = big(raw);
    const numbers: [string, bigint, number][] = [
      ['s+n in one byte more', s + n, raw.length + 1],
      ['s+n, cut', s + n, raw.length],
      ['n-s', n - s, raw.length],
      ['n', n, raw.length],
      ['n-1', n - 1n, raw.length],
    ];
    await expectAllRefused(
      target,
      numbers.map(([name, number, length]) => [
        name,
        `${header}.${payload}.${bytesOf(number, length).toString('base64url')}`,
      ]),
    );
  });

  it('CVE-2006-4339 and its like: padding that is not PKCS #1 v1.5 to the last byte', async () => {
    const { header, payload, key } = target;
    const input = `${header}.${payload}`;
    const digest = createHash('sha256').update(input).digest();
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const length = Buffer.from(target.signature, 'base64url').length;
    const { privateEncrypt } = await import('node:crypto');
    const raw = (block: Buffer) =>
      privateEncrypt({ key: key.signWith, padding: 3 }, block).toString('base64url');
    const padded = (content: Buffer, fill = length - content.length - 3, filler = 0xff) =>
      Buffer.concat([Buffer.of(0, 1), Buffer.alloc(fill, filler), Buffer.of(0), content]);
    const behind = (block: Buffer) => Buffer.concat([block, Buffer.alloc(length - block.length, 0xaa)]);
    const content = Buffer.concat([info, digest]);
    expect(await outcome(target, `${input}.${raw(padded(content))}`)).toBe('accepted');
    await expectAllRefused(target, [
      ['something behind the digest', `${input}.${raw(behind(padded(content, 8)))}`],
      ['no name of the digest', `${input}.${raw(padded(digest))}`],
      ['filled with zeros', `${input}.${raw(padded(content, undefined, 0))}`],
      [
        'no NULL in the name',
        `${input}.${raw(padded(Buffer.from('302f300b0609608648016503040201' + '0420' + digest.toString('hex'), 'hex')))}`,
      ],
    ]);
  });
});

describe('a signature of HMAC', () => {
  let target: Attacked;
  beforeAll(async () => {
    target = await attacked('HS256');
  });
  afterAll(() => target.app.stop());

  it('cut as RFC 2104 §5 would allow, and in other encodings', async () => {
    const { header, payload, signature } = target;
    const raw = Buffer.from(signature, 'base64url');
    const input = `${header}.${payload}`;
    await expectAllRefused(target, [
      ...[1, 4, 10, 16, 20, 31].map((length): [string, string] => [
        `${length} bytes`,
        `${input}.${raw.subarray(0, length).toString('base64url')}`,
      ]),
      ['hex', `${input}.${raw.toString('hex')}`],
      ['base64', `${input}.${raw.toString('base64')}`],
      ['base64url twice', `${input}.${Buffer.from(signature).toString('base64url')}`],
    ]);
  });
});
