import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { hasAddressForm, normalizeAddress } from './user.js';
import { IsAddress, IsName } from './user.decorators.js';

class Form {
  @IsAddress()
  email: string;

  @IsName()
  name: string;
}

async function codesOf(field: keyof Form, value: unknown): Promise<string[]> {
  const form = plainToInstance(Form, { email: 'kim@example.com', name: 'Kim', [field]: value });
  const errors = await validate(form);
  return errors.flatMap(({ contexts, constraints }) =>
    Object.keys(constraints ?? {}).map(
      (rule) => (contexts?.[rule] as { code: string } | undefined)?.code ?? rule,
    ),
  );
}

/** An address of exactly so many characters, each label within DNS's 63. */
function addressOf(length: number): string {
  const domain = `${'d'.repeat(60)}.${'e'.repeat(60)}.`;
  const local = 'l'.repeat(64);
  return `${local}@${domain}${'f'.repeat(length - local.length - domain.length - 5)}.com`;
}

describe('normalizeAddress', () => {
  it.each([
    ['Kim@Example.COM', 'kim@example.com'],
    ['  kim@example.com\n', 'kim@example.com'],
    ['\u00A0kim@example.com\u3000\uFEFF', 'kim@example.com'],
    ['kim+Tag@example.com', 'kim+tag@example.com'],
    ['K.I.M@example.com', 'k.i.m@example.com'],
  ])('%j is %j', (given, expected) => {
    expect(normalizeAddress(given)).toBe(expected);
  });

  it.each([
    ['the Kelvin sign', '\u212Aim@example.com'],
    ['a capital I with a dot', 'k\u0130m@example.com'],
    ['a dotless i', 'k\u0131m@example.com'],
    ['a full-width letter', '\uFF2Bim@example.com'],
    ['a long s', 'kim@example.\u017Fi'],
    ['a Cyrillic letter', 'k\u0456m@example.com'],
    ['a zero-width space', 'kim\u200B@example.com'],
  ])("account takeover: %s does not turn into somebody else's address, and is refused", (_, address) => {
    expect(normalizeAddress(address)).toBe(address);
    expect(hasAddressForm(normalizeAddress(address))).toBe(false);
  });

  it('is the same when it is done twice', () => {
    for (const address of ['  A@B.Co ', '\u212A@x.co', ''])
      expect(normalizeAddress(normalizeAddress(address))).toBe(normalizeAddress(address));
  });
});

describe('an address', () => {
  it.each(['kim@example.com', "o'neil+x@sub.example.co.kr", 'a@b.co', ' KIM@EXAMPLE.COM '])(
    '%j is taken',
    async (email) => {
      expect(await codesOf('email', email)).toEqual([]);
    },
  );

  it.each([
    '',
    'kim',
    'kim@',
    '@example.com',
    'kim@example',
    'kim@@example.com',
    'kim@example.com, lee@example.com',
    'Kim <kim@example.com>',
    'kim@example..com',
    'kim@-example.com',
    'kim@[127.0.0.1]',
    'kim@127.0.0.1',
    '.kim@example.com',
    'k im@example.com',
    'kim\r\nBcc: all@example.com',
    'kim\0@example.com',
    '김@example.com',
    'kim@예.kr',
  ])('%j is refused', async (email) => {
    expect(await codesOf('email', email)).toContain('invalid_format');
  });

  it('has at most 254 characters, counted after trimming', async () => {
    expect(addressOf(254)).toHaveLength(254);
    expect(await codesOf('email', addressOf(254))).toEqual([]);
    expect(await codesOf('email', `   ${addressOf(254)}   `)).toEqual([]);
    expect(await codesOf('email', addressOf(255))).toContain('too_long');
  });

  it.each([[1], [null], [['kim@example.com']], [{}], [true]])(
    '%j is no address, and does not crash',
    async (email) => {
      expect(await codesOf('email', email)).toEqual(['isString']);
    },
  );
});

describe('a name', () => {
  it.each([
    ['one letter', 'A', []],
    ['Hangul', '김하늘', []],
    ['100 code points', 'a'.repeat(100), []],
    ['101 code points', 'a'.repeat(101), ['too_long']],
    ['100 emoji, which are 200 UTF-16 units', '🙂'.repeat(100), []],
    ['101 emoji', '🙂'.repeat(101), ['too_long']],
    ['empty', '', ['too_short']],
    ['blank', ' \u3000\u00A0', []],
    ['a family of joined emoji, and an accent apart', '👩‍👩‍👧 e\u0301', []],
    ['a line break, which forges a log line or a header', 'Kim\nadmin', ['invalid_format']],
    ['NUL', 'Kim\0', ['invalid_format']],
    ['a C1 control', 'Kim\u0085', ['invalid_format']],
    ['an escape sequence', '\u001b[2JKim', ['invalid_format']],
    ['a lone surrogate', 'Kim\ud800', ['invalid_format']],
    ['a number', 5, ['isString']],
  ])('%s', async (_, name, codes) => {
    expect(await codesOf('name', name)).toEqual(codes);
  });
});
