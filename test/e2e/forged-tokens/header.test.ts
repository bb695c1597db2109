import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode, headerOf, resigned, signedText } from '../../builders/access-tokens.js';
import {
  attacked,
  expectAllRefused,
  genuinelySigned,
  outcome,
  sendBytes,
  requestWith,
  textOf,
} from './attacked.js';
import type { Attacked } from './attacked.js';

let target: Attacked;
beforeAll(async () => {
  target = await attacked();
});
afterAll(() => target.app.stop());

/** Signed by the service's own key: only the header is odd. */
const withHeader = (header: object): string => resigned(target.app, target.genuine, { header });
const withHeaderText = (text: string | Buffer): string =>
  genuinelySigned(target, text, textOf(target.payload));

describe('kid: a name to be looked up, and nothing else', () => {
  it.each<[string, unknown]>([
    ['unknown', 'unknown'],
    ['empty', ''],
    ['a path', '../../etc/passwd'],
    ['a path to an empty file', '/dev/null'],
    ['a path on Windows', '..\\..\\windows\\win.ini'],
    ['a path with NUL', '/dev/null\0.pem'],
    ['an address', 'https://evil.example/key'],
    ['SQL', "' UNION SELECT 'secret"],
    ['SQL that drops', "x'; DROP TABLE signing_keys; --"],
    ['a shell command', '$(touch /tmp/x)`id`|id'],
    ['LDAP', '*)(kid=*'],
    ['a template', '${process.exit(1)}'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['prototype', 'prototype'],
    ['toString', 'toString'],
    ['hasOwnProperty', 'hasOwnProperty'],
    ['NUL', '\0'],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', '\udfff'],
    ['an index', '0'],
    ['null in words', 'null'],
    ['undefined in words', 'undefined'],
  ])('%s', async (_, kid) => {
    await expectAllRefused(target, [['kid', withHeader({ kid })]]);
  });

  it('the real kid with something before or behind it, or in other letters', async () => {
    const { kid } = target.key;
    const near = [` ${kid}`, `${kid} `, `${kid}\0`, `${kid}\n`, `./${kid}`, kid.slice(1), kid.slice(0, -1)];
    near.push(
      kid.toUpperCase(),
      kid.toLowerCase(),
      `${kid}\u200b`,
      `${kid},${kid}`,
      encodeURIComponent(`/${kid}`),
    );
    await expectAllRefused(
      target,
      near.map((one) => [JSON.stringify(one), withHeader({ kid: one })]),
    );
  });

  it('missing', async () => {
    await expectAllRefused(target, [['kid', withHeader({ kid: undefined })]]);
  });

  it('no string, though it turns into the real one', async () => {
    const { kid } = target.key;
    const odd: unknown[] = [null, 0, 1, true, false, [], [kid], [[kid]], {}, { toString: kid }, { kid }];
    await expectAllRefused(
      target,
      odd.map((one) => [JSON.stringify(one), withHeader({ kid: one })]),
    );
  });

  it.each([1000, 5000])('huge, %i characters', async (length) => {
    await expectAllRefused(target, [['kid', withHeader({ kid: 'k'.repeat(length) })]]);
  });

  it('huge, 1 MB: the parser refuses the request, and serves on', async () => {
    const token = withHeader({ kid: 'k'.repeat(2 ** 20) });
    expect(await sendBytes(target, requestWith(`Authorization: Bearer ${token}`))).toBe(431);
    expect(await outcome(target, target.genuine)).toBe('accepted');
  });
});

describe('crit and b64 (RFC 7515 §4.1.11, RFC 7797): extensions that are not understood', () => {
  it.each<[string, object]>([
    ['crit, empty', { crit: [] }],
    [
      'crit with an unknown name',
      { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': true },
    ],
    ['crit with a name that is there', { crit: ['exp'], exp: 1 }],
    ['crit with a name that is not there', { crit: ['exp'] }],
    ['crit with a registered name', { crit: ['alg', 'kid'] }],
    ['crit b64', { crit: ['b64'], b64: true }],
    ['crit null', { crit: null }],
    ['crit false', { crit: false }],
    ['crit as a string', { crit: 'b64' }],
    ['crit as an object', { crit: {} }],
    ['b64 false', { b64: false }],
    ['b64 false, with crit', { b64: false, crit: ['b64'] }],
    ['b64 true', { b64: true }],
  ])('%s', async (_, header) => {
    await expectAllRefused(target, [['crit', withHeader(header)]]);
  });

  it('RFC 7797 §3: the payload signed as it is, not encoded', async () => {
    const header = encode({ ...headerOf(target.genuine), b64: false, crit: ['b64'] });
    const { signWith } = target.key;
    const signature = signedText(`${header}.${textOf(target.payload)}`, 'ES256', signWith)
      .split('.')
      .at(-1)!;
    await expectAllRefused(target, [['b64', `${header}.${target.payload}.${signature}`]]);
  });

  it('a name that is only like crit is no extension: it is ignored', async () => {
    expect(await outcome(target, withHeader({ Crit: ['exp'], cty: 'x' }))).toBe('accepted');
  });
});

describe('typ (RFC 8725 §3.11): what the same key signed for another purpose', () => {
  it.each<[string, unknown]>([
    ['of an ID token', 'JWT'],
    ['in small letters', 'jwt'],
    ['of a logout token', 'logout+jwt'],
    ['of an ID token by its media type', 'id_token+jwt'],
    ['of a request object', 'oauth-authz-req+jwt'],
    ['of a DPoP proof', 'dpop+jwt'],
    ['of an introspection answer', 'token-introspection+jwt'],
    ['of a security event', 'secevent+jwt'],
    ['of a refresh token', 'rt+jwt'],
    ['in other letters', 'at+JWT'],
    ['in capitals', 'AT+JWT'],
    ['with a parameter', 'at+jwt; charset=utf-8'],
    ['with a blank', 'at+jwt '],
    ['with plus as a blank', 'at jwt'],
    ['as a longer one', 'xat+jwt'],
    ['as another media type', 'text/at+jwt'],
    ['empty', ''],
    ['missing', undefined],
    ['null', null],
    ['in a list', ['at+jwt']],
    ['as an object', { at: 'jwt' }],
  ])('%s', async (_, typ) => {
    await expectAllRefused(target, [['typ', withHeader({ typ })]]);
  });

  it('RFC 9068 §4: its two spellings are taken', async () => {
    expect(await outcome(target, withHeader({ typ: 'application/at+jwt' }))).toBe('accepted');
    expect(await outcome(target, withHeader({ typ: 'at+jwt' }))).toBe('accepted');
  });

  it("an ID token of the same user, signed by the service's own key", async () => {
    const { iss, sub, aud, exp, iat } = JSON.parse(textOf(target.payload));
    const claims = JSON.stringify({ iss, sub, aud, exp, iat, nonce: 'n', email: 'user@example.com' });
    const kid = target.key.kid;
    await expectAllRefused(target, [
      ['as it is', genuinelySigned(target, JSON.stringify({ alg: 'ES256', typ: 'JWT', kid }), claims)],
      [
        'with our type',
        genuinelySigned(target, JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }), claims),
      ],
    ]);
  });
});

describe('duplicate members (RFC 7515 §4): two verifiers would read two headers', () => {
  const twice = (): Record<string, string> => {
    const { kid } = target.key;
    const [alg, typ, id] = ['"alg":"ES256"', '"typ":"at+jwt"', `"kid":"${kid}"`];
    return {
      'alg none first': `{"alg":"none",${alg},${typ},${id}}`,
      'alg none last': `{${alg},${typ},${id},"alg":"none"}`,
      'alg HS256 first': `{"alg":"HS256",${alg},${typ},${id}}`,
      'the same alg twice': `{${alg},${typ},${id},${alg}}`,
      'another kid first': `{"kid":"x",${alg},${typ},${id}}`,
      'another kid last': `{${alg},${typ},${id},"kid":"x"}`,
      'another typ first': `{"typ":"JWT",${alg},${typ},${id}}`,
      'written with an escape': `{"\\u0061lg":"none",${alg},${typ},${id}}`,
      'with white space': `{"alg" :"none", ${alg} ,\n${typ},\t${id} }`,
      'behind a string that looks like a member': `{"x":"\\"y\\":","alg":"none",${alg},${typ},${id}}`,
      'further inside': `{"x":[{"y":1,"y":2}],${alg},${typ},${id}}`,
      'crit first, then another': `{"x":1,"x":2,${alg},${typ},${id}}`,
      '__proto__ twice': `{"__proto__":1,"__proto__":2,${alg},${typ},${id}}`,
    };
  };

  it('refused, whichever comes last', async () => {
    await expectAllRefused(
      target,
      Object.entries(twice()).map(([name, text]) => [name, withHeaderText(text)]),
    );
  });

  it('what only looks like a member named twice is none', async () => {
    const { kid } = target.key;
    const text = `{ "a" : "alg\\":", "b":[":","alg",":"],"c":{"alg":"x","a":"\\\\"},\n"alg":"ES256","typ":"at+jwt","kid":"${kid}"}`;
    expect(await outcome(target, withHeaderText(text))).toBe('accepted');
  });
});

describe('a header that is not what it seems', () => {
  it.each<[string, string | Buffer]>([
    ['no JSON', 'not json'],
    ['empty object', '{}'],
    ['an array', '[]'],
    ['a string', '"at+jwt"'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff{"alg":"ES256","typ":"at+jwt","kid":"KID"}`],
    ['more behind it', `{"alg":"ES256","typ":"at+jwt","kid":"KID"}{}`],
    ['a trailing comma', `{"alg":"ES256","typ":"at+jwt","kid":"KID",}`],
    ['a comment', `{"alg":"ES256",/**/"typ":"at+jwt","kid":"KID"}`],
    ['single quotes', `{'alg':'ES256','typ':'at+jwt','kid':'KID'}`],
    ['inherited members', `{"__proto__":{"alg":"ES256","typ":"at+jwt","kid":"KID"}}`],
    ['in UTF-16', Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"KID"}', 'utf16le')],
    ['invalid UTF-8', Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"KID","x":"\xff"}', 'latin1')],
    [
      'an overlong encoding',
      Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"KID","x":"\xc0\xaf"}', 'latin1'),
    ],
  ])('%s', async (_, text) => {
    const { kid } = target.key;
    const real = Buffer.from(Buffer.from(text).toString('latin1').replace('KID', kid), 'latin1');
    await expectAllRefused(target, [['header', withHeaderText(real)]]);
  });

  it('nesting as deep as a token is long', async () => {
    const { kid } = target.key;
    const deep = '['.repeat(2500) + ']'.repeat(2500);
    const members = `"alg":"ES256","typ":"at+jwt","kid":"${kid}"`;
    expect(await outcome(target, withHeaderText(`{"x":${deep},${members},"kid":"x"}`))).toBe('invalid_token');
    expect(await outcome(target, target.genuine)).toBe('accepted');
  });
});
