import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../platform/problem/index.js';
import { readContent, readHeader } from './compact-form.js';

const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' };
const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
const tokenOf = (header: unknown, payload = encode('{}'), signature = encode('signature')): string =>
  `${encode(JSON.stringify(header))}.${payload}.${signature}`;
const GENUINE = tokenOf(HEADER);

function codeOf(token: string): string {
  try {
    readHeader(token);
    return 'taken';
  } catch (error) {
    return error instanceof Problem ? error.definition.code : String(error);
  }
}

const [head, payload, signature] = GENUINE.split('.') as [string, string, string];

describe('readHeader', () => {
  it('reads kid and alg, and hands nothing else on', () => {
    expect(readHeader(GENUINE)).toEqual({ kid: 'k1', alg: 'ES256' });
    expect(readHeader(tokenOf({ ...HEADER, jku: 'https://evil.example', jwk: {}, x5u: 'x' }))).toEqual({
      kid: 'k1',
      alg: 'ES256',
    });
  });

  it('RFC 7515 §4: a member named twice is refused, however it is written and wherever it stands', () => {
    const rest = '"alg":"ES256","kid":"k1"';
    for (const twice of [
      '"kid":"k2"',
      '"\\u006bid":"k2"',
      '"kid" :"k1"',
      '"x":1,"x":1',
      '"x":[{"y":1,"y":1}]',
    ])
      expect([twice, codeOf(`${encode(`{${twice},${rest}}`)}.${payload}.${signature}`)]).toEqual([
        twice,
        'invalid_token',
      ]);
    for (const once of [
      '"Kid":"k2"',
      '"x":"\\"kid\\":"',
      '"x":["kid",":","kid"]',
      '"x":{"kid":{"kid":1}}',
      '"x":"\\\\"',
    ])
      expect([once, codeOf(`${encode(`{${once},${rest}}`)}.${payload}.${signature}`)]).toEqual([
        once,
        'taken',
      ]);
  });

  it.each([
    ['empty', ''],
    ['one part', head],
    ['two parts', `${head}.${payload}`],
    ['four parts', `${GENUINE}.${signature}`],
    ['five parts, as a JWE has', `${head}.${payload}.${signature}.a.b`],
    ['alg none without a signature', `${head}.${payload}.`],
    ['an empty payload', `${head}..${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['padding', `${head}.${payload}=.${signature}`],
    ['a leading space', ` ${GENUINE}`],
    ['a trailing space', `${GENUINE} `],
    ['a trailing line feed', `${GENUINE}\n`],
    ['a line break inside', `${head}.\n${payload}.${signature}`],
    ['base64 instead of base64url', `${head}.${payload}.+/${signature}`],
    ['NUL', `${GENUINE}\0`],
    ['a letter that folds to ASCII', `${GENUINE}\u212A`],
    ['a full-width full stop', GENUINE.replace('.', '\uFF0E')],
    ['a comma-joined second token', `${GENUINE},${GENUINE}`],
    ['a part that no bytes encode to', `${head}.${payload}.AAAAA`],
  ])('compact form: %s is refused', (_, token) => {
    expect(codeOf(token)).toBe('invalid_token');
  });

  it.each([0, 1, 2])(
    'RFC 4648 §3.5: part %i with its unused bits set is another spelling, and refused',
    (at) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const parts = [encode(JSON.stringify({ ...HEADER, kid: 'k' })), encode('{"a":1}'), encode('12345678')];
      expect(codeOf(parts.join('.'))).toBe('taken');
      const part = parts[at]!;
      const bytes = Buffer.from(part, 'base64url');
      const spellings = [...alphabet]
        .map((letter) => part.slice(0, -1) + letter)
        .filter((other) => other !== part && Buffer.from(other, 'base64url').equals(bytes));
      expect(spellings).toHaveLength(part.length % 4 === 2 ? 15 : 3);
      for (const spelling of spellings) {
        expect(codeOf(parts.with(at, spelling).join('.'))).toBe('invalid_token');
      }
    },
  );

  it.each<[string, unknown]>([
    ['an array', [HEADER]],
    ['a string', 'at+jwt'],
    ['null', null],
    ['a number', 1],
    ['no kid', { ...HEADER, kid: undefined }],
    ['a number as kid', { ...HEADER, kid: 1 }],
    ['null as kid', { ...HEADER, kid: null }],
    ['no alg', { ...HEADER, alg: undefined }],
    ['a list as alg', { ...HEADER, alg: ['ES256'] }],
    ['crit', { ...HEADER, crit: ['exp'], exp: 1 }],
    ['an empty crit', { ...HEADER, crit: [] }],
    ['null as crit', { ...HEADER, crit: null }],
    ['an unencoded payload (RFC 7797)', { ...HEADER, b64: false }],
  ])('header: %s is refused', (_, header) => {
    expect(codeOf(tokenOf(header))).toBe('invalid_token');
  });

  it.each([
    ['no JSON', 'not json'],
    ['JSON and more', `${JSON.stringify(HEADER)}x`],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a byte order mark', `\ufeff${JSON.stringify(HEADER)}`],
    ['an inherited kid', '{"__proto__":{"kid":"k1"},"alg":"ES256","typ":"at+jwt"}'],
  ])('header: %s is refused', (_, header) => {
    expect(codeOf(`${encode(header)}.${payload}.${signature}`)).toBe('invalid_token');
  });

  it('a huge token is refused before it is parsed', () => {
    const overhead = GENUINE.length;
    expect(codeOf(GENUINE + 'A'.repeat(8192 - overhead))).toBe('taken');
    expect(codeOf(GENUINE + 'A'.repeat(8196 - overhead))).toBe('invalid_token');
    expect(codeOf('a'.repeat(10_000_000))).toBe('invalid_token');
  });

  it('whatever is done to a token, it is taken in one spelling or refused as invalid_token, never a crash', () => {
    const position = fc.nat({ max: GENUINE.length - 1 });
    const mutation = fc.oneof(
      fc
        .tuple(position, fc.string({ unit: 'binary', maxLength: 3 }))
        .map(([at, text]) => GENUINE.slice(0, at) + text + GENUINE.slice(at + 1)),
      fc.tuple(position, position).map(([from, to]) => GENUINE.slice(Math.min(from, to), Math.max(from, to))),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(mutation, (token) => {
        const code = codeOf(token);
        expect(['taken', 'invalid_token']).toContain(code);
        if (code !== 'taken') return;
        const respelt = token.split('.').map((part) => encode(Buffer.from(part, 'base64url')));
        expect(respelt.join('.')).toBe(token);
      }),
      { numRuns: 500 },
    );
  });
});

describe('readContent', () => {
  it('hands on the type and the claims', () => {
    expect(readContent(tokenOf(HEADER, encode('{"sub":"u"}')))).toEqual({
      typ: 'at+jwt',
      payload: { sub: 'u' },
    });
  });

  it('null is a value like any other, however deep', () => {
    expect(readContent(tokenOf(HEADER, encode('{"a":null,"b":[null]}'))).payload).toEqual({
      a: null,
      b: [null],
    });
  });

  it.each([
    '',
    '[]',
    'null',
    '"text"',
    '7',
    'not json',
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":2}}',
    '\ufeff{}',
    '{}{}',
  ])('payload %j is refused', (text) => {
    expect(() => readContent(tokenOf(HEADER, encode(text)))).toThrow('invalid_token');
  });

  it('invalid UTF-8 is refused, and not replaced', () => {
    const token = tokenOf(HEADER, encode(Buffer.from('{"sub":"\xff"}', 'latin1')));
    expect(() => readContent(token)).toThrow('invalid_token');
  });
});
