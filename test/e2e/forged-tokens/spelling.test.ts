import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode, headerOf, signedText } from '../../builders/access-tokens.js';
import {
  attacked,
  encodeText,
  expectAllRefused,
  genuinelySigned,
  outcome,
  requestWith,
  sendBytes,
} from './attacked.js';
import { textOf, type Attacked } from './attacked.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NAMES = ['header', 'payload', 'signature'] as const;

let target: Attacked;
beforeAll(async () => {
  target = await attacked();
});
afterAll(() => target.app.stop());

const parts = (): [string, string, string] => [target.header, target.payload, target.signature];
const resign = (input: string): string => signedText(input, 'ES256', target.key.signWith);
const sameBytes = (one: string, other: string): boolean =>
  Buffer.from(one, 'base64url').equals(Buffer.from(other, 'base64url'));
const respellings = (part: string): string[] =>
  [...ALPHABET].map((letter) => part.slice(0, -1) + letter).filter((one) => one !== part);

describe('base64url that is not canonical (RFC 4648 §3.5): one token has one spelling', () => {
  it.each([0, 1, 2])('part %i with every other last character', async (at) => {
    const forged = respellings(parts()[at]!).map((one): [string, string] => [
      `${NAMES[at]} …${one.at(-1)}`,
      parts().with(at, one).join('.'),
    ]);
    expect(forged).toHaveLength(63);
    await expectAllRefused(target, forged);
  });

  it('header and payload whose unused bits are set, though signed as they are spelt', async () => {
    // A blank more, until the last character has bits to spare: two of three lengths have.
    const spare = (text: string): string => (encodeText(text).length % 4 === 0 ? `${text} ` : text);
    const header = encodeText(spare(textOf(target.header)));
    const payload = encodeText(spare(textOf(target.payload)));
    expect(await outcome(target, resign(`${header}.${payload}`))).toBe('accepted');
    const others = (part: string) => respellings(part).filter((one) => sameBytes(one, part));
    expect(Math.min(others(header).length, others(payload).length)).toBeGreaterThanOrEqual(3);
    await expectAllRefused(target, [
      ...others(header).map((one): [string, string] => [
        `header …${one.at(-1)}`,
        resign(`${one}.${payload}`),
      ]),
      ...others(payload).map((one): [string, string] => [
        `payload …${one.at(-1)}`,
        resign(`${header}.${one}`),
      ]),
    ]);
  });

  it.each(NAMES)('%s with a character too many, alone in its group', async (name) => {
    const at = NAMES.indexOf(name);
    const part = parts()[at]!;
    const grown = part + 'A'.repeat((5 - (part.length % 4)) % 4 || 4);
    const token = parts().with(at, grown).join('.');
    const [header, payload] = token.split('.') as [string, string];
    await expectAllRefused(target, [
      ['as it is', token],
      ...(at < 2 ? [['signed as it is spelt', resign(`${header}.${payload}`)] as [string, string]] : []),
    ]);
  });
});

describe('characters that are not of the compact form (RFC 7515 §7.1)', () => {
  it.each(NAMES)('%s in the alphabet of base64, with + and /', async (name) => {
    const at = NAMES.indexOf(name);
    // A claim whose base64 holds both of them, whatever the id of the key is.
    const claims = { ...JSON.parse(textOf(target.payload)), x: '???>>>~~~~ÿÿÿûûû' };
    const header = { ...headerOf(target.genuine), x: '???>>>~~~~ÿÿÿûûû' };
    let genuine: [string, string, string];
    do {
      genuine = resign(`${encode(header)}.${encode(claims)}`).split('.') as typeof genuine;
    } while (!/[-_]/.test(genuine[at]!));
    expect(await outcome(target, genuine.join('.'))).toBe('accepted');
    const plain = genuine[at]!.replaceAll('-', '+').replaceAll('_', '/');
    const token = genuine.with(at, plain).join('.');
    const forged: [string, string][] = [['as it is', token]];
    if (at < 2) forged.push(['signed as it is spelt', resign(token.slice(0, token.lastIndexOf('.')))]);
    await expectAllRefused(target, forged);
  });

  it.each<[string, string]>([
    ['padding', '='],
    ['more padding', '=='],
    ['padding, percent-encoded', '%3D%3D'],
    ['a blank', ' '],
    ['a tab', '\t'],
    ['a question mark', '?'],
    ['a number sign', '#'],
    ['a tilde', '~'],
    ['a comma', ','],
    ['a quote', '"'],
    ['a no-break space', '\u00a0'],
    ['a soft hyphen', '\u00ad'],
    ['a letter beyond ASCII', 'é'],
  ])('%s behind, before and inside each part', async (_, extra) => {
    const forged = [0, 1, 2].flatMap((at): [string, string][] => {
      const part = parts()[at]!;
      const inside = `${part.slice(0, 8)}${extra}${part.slice(8)}`;
      return [
        ['behind', part + extra],
        ['before', extra + part],
        ['inside', inside],
      ].map(([where, one]): [string, string] => [`${where} ${NAMES[at]}`, parts().with(at, one!).join('.')]);
    });
    // White space around a field value is no part of it (RFC 9110 §5.5): there the parser takes it away.
    const stripped = (token: string) => token.replace(/^[ \t]+|[ \t]+$/g, '') === target.genuine;
    await expectAllRefused(
      target,
      forged.filter(([, token]) => !stripped(token)),
    );
  });

  it('header and payload that are padded, or broken into lines, though signed as they are spelt', async () => {
    const [header, payload] = parts();
    const pad = (part: string): string => part + '='.repeat((4 - (part.length % 4)) % 4 || 1);
    await expectAllRefused(target, [
      ['padded header', resign(`${pad(header)}.${payload}`)],
      ['padded payload', resign(`${header}.${pad(payload)}`)],
      ['blank in the payload', resign(`${header}.${payload.slice(0, 8)} ${payload.slice(8)}`)],
    ]);
  });

  it.each(['\r\n', '\n', '\r', '\r\n ', '\n\t', '\0', '\x0b', '\x7f'])(
    '%j inside: the parser refuses the request, or it is no token',
    async (extra) => {
      const token = `${target.genuine.slice(0, 40)}${extra}${target.genuine.slice(40)}`;
      const status = await sendBytes(target, requestWith(`Authorization: Bearer ${token}`));
      expect([400, 401]).toContain(status);
      expect(await outcome(target, target.genuine)).toBe('accepted');
    },
  );
});

describe('parts: three, and none of them empty', () => {
  it('too few, too many, empty ones', async () => {
    const [header, payload, signature] = parts();
    await expectAllRefused(
      target,
      Object.entries({
        'one part': header,
        'two parts': `${header}.${payload}`,
        'header and signature': `${header}.${signature}`,
        'a fourth part': `${target.genuine}.${signature}`,
        'an empty fourth part': `${target.genuine}.`,
        'an empty first part more': `.${target.genuine}`,
        'no header': `.${payload}.${signature}`,
        'no payload': `${header}..${signature}`,
        'no signature': `${header}.${payload}.`,
        'dots alone': '..',
        'one dot': '.',
        'many dots': '.'.repeat(1000),
        'twice in a row': `${target.genuine}${target.genuine}`,
        'twice with a dot': `${target.genuine}.${target.genuine}`,
        'full-width dots': target.genuine.replaceAll('.', '%EF%BC%8E'),
        'as a URL part': encodeURIComponent(`"${target.genuine}"`),
      }),
    );
  });

  it('an empty payload and an empty header, though signed as they are', async () => {
    await expectAllRefused(target, [
      ['payload', resign(`${target.header}.`)],
      ['header', resign(`.${target.payload}`)],
    ]);
  });
});

describe('tokens of other kinds', () => {
  it('JWE in the compact form, RFC 7516', async () => {
    const { kid } = target.key;
    const jwe = (header: object, key = 'AAAA'): string =>
      [
        encode(header),
        key,
        encodeText('twelve bytes'),
        encodeText(target.genuine),
        encodeText('sixteen bytes ok'),
      ].join('.');
    await expectAllRefused(target, [
      ['dir', jwe({ alg: 'dir', enc: 'A256GCM', kid, typ: 'at+jwt' }, '')],
      ['ECDH-ES', jwe({ alg: 'ECDH-ES', enc: 'A128GCM', kid, typ: 'at+jwt', cty: 'JWT' })],
      ['RSA-OAEP', jwe({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid, typ: 'at+jwt' })],
      [
        'PBES2, a million rounds',
        jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', kid, p2c: 1e6, p2s: 'AAAA' }),
      ],
      ['with our header', jwe(headerOf(target.genuine))],
      ['compressed', jwe({ alg: 'dir', enc: 'A256GCM', zip: 'DEF', kid })],
    ]);
  });

  it('JWS in the JSON form, nested tokens, SD-JWT', async () => {
    const { header, payload, signature, genuine } = target;
    await expectAllRefused(target, [
      ['flattened', JSON.stringify({ protected: header, payload, signature })],
      ['general', JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
      [
        'a token in a token',
        genuinelySigned(target, JSON.stringify({ ...headerOf(genuine), cty: 'JWT' }), genuine),
      ],
      ['SD-JWT', `${genuine}~`],
      ['a refresh token', target.user.tokens.refresh_token],
    ]);
  });
});

describe('huge tokens', () => {
  it.each([8193, 12_000, 15_000])('%i characters: refused before anything is parsed', async (length) => {
    const { header, payload } = target;
    const token = `${header}.${payload}.`.padEnd(length, 'A');
    await expectAllRefused(target, [['signature', token]]);
    const claims = JSON.stringify({ ...JSON.parse(textOf(payload)), x: 'x'.repeat(length / 1.4) });
    const long = genuinelySigned(target, textOf(header), claims);
    expect(long.length).toBeGreaterThan(8192);
    await expectAllRefused(target, [['genuinely signed', long]]);
  });

  it.each<[string, (text: string) => string]>([
    ['of one letter', (text) => 'A'.repeat(2 ** 20) + text],
    ['behind the genuine one', (text) => text + 'A'.repeat(2 ** 20)],
    ['of dots', () => '.'.repeat(2 ** 20)],
    ['of nested JSON', () => `${encodeText('['.repeat(2 ** 20))}.AA.AA`],
  ])('1 MB %s: refused by the parser, at once, and the service serves on', async (_, grow) => {
    const begun = process.hrtime.bigint();
    const line = `Authorization: Bearer ${grow(target.genuine)}`;
    expect([431, 401]).toContain(await sendBytes(target, requestWith(line)));
    // Far above what it takes, far below what would be a denial of service.
    expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(3000);
    expect(await outcome(target, target.genuine)).toBe('accepted');
  });
});
